type Leaf = string | number | boolean | bigint | symbol | null | undefined | Date
type Member<T> = Extract<keyof T, string>

/** The dotted paths into `T`, such as `"server.port"`; objects themselves are paths too. */
export type DottedPath<T> = T extends Leaf | readonly unknown[]
  ? never
  : unknown extends T
    ? string
    : {
        [Name in Member<T>]: Name | `${Name}.${DottedPath<NonNullable<T[Name]>>}`
      }[Member<T>]

/** What stands at a dotted path of `T`. */
export type DottedValue<T, Path extends string> = unknown extends T
  ? unknown
  : Path extends `${infer Name}.${infer Rest}`
    ? Name extends keyof T
      ? DottedValue<NonNullable<T[Name]>, Rest> | (undefined extends T[Name] ? undefined : never)
      : unknown
    : Path extends keyof T
      ? T[Path]
      : unknown
