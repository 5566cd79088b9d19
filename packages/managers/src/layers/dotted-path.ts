import { PersistError } from "@persist/core/options"

type Leaf =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | ArrayBufferView
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | readonly unknown[]
  | ((...all: never) => unknown)
/** A key with a dot in it is no path; a list of names leads there. */
type Member<T> = Exclude<Extract<keyof T, string>, `${string}.${string}`>

/** Levels that are looked into; what lies deeper is allowed unseen, since a type may hold itself. */
type Deepest = 7

/**
 * The dotted paths into `T`, such as `"server.port"`; objects and lists themselves are paths too, the
 * items of lists are not. Below a record every path is allowed.
 */
export type DottedPath<T, Depth extends readonly unknown[] = []> = unknown extends T
  ? string
  : T extends Leaf
    ? never
    : Depth["length"] extends Deepest
      ? string
      : {
          [Name in Member<T>]-?:
            | Name
            | `${Name}.${DottedPath<NonNullable<T[Name]>, [...Depth, unknown]>}`
        }[Member<T>]

/** What stands at a dotted path of `T`; undefined too where something on the way may not be there. */
export type DottedValue<T, Path extends string> = unknown extends T
  ? unknown
  : T extends unknown
    ? Path extends `${infer Name}.${infer Rest}`
      ? Name extends keyof T
        ? DottedValue<Present<T[Name]>, Rest> | Absent<T, Name>
        : undefined
      : Path extends keyof T
        ? T[Path] | (string extends keyof T ? undefined : never)
        : undefined
    : never

/** `NonNullable` would make of `unknown` something that is known. */
type Present<T> = unknown extends T ? unknown : NonNullable<T>

type Absent<T, Name extends keyof T> = string extends keyof T
  ? undefined
  : null extends T[Name]
    ? undefined
    : undefined extends T[Name]
      ? undefined
      : never

/** Some of the values of `T`, at any depth; lists are whole, and `undefined` removes. */
export type ConfigUpdate<T> = unknown extends T
  ? unknown
  : T extends Leaf
    ? T
    : { readonly [Name in keyof T]?: ConfigUpdate<T[Name]> | undefined }

/** A path as the names on it: for names with a dot in them. Numbers name items of lists. */
export type NamedPath = readonly (string | number)[]

/** The names in a path. @throws `ERR_PERSIST_INVALID_ARGUMENT` */
export function splitPath(path: string | NamedPath): string[] {
  if (typeof path === "string") return path.split(".")
  if (Array.isArray(path) && path.length > 0 && path.every(isName)) return path.map(String)
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `A path is a string such as "server.port", or a list of names; this one is ${Array.isArray(path) ? "a list of something else" : String(path)}.`,
  )
}

function isName(name: unknown): boolean {
  return typeof name === "string" || Number.isSafeInteger(name)
}
