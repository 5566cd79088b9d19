import { PersistError, parseExactly } from "@persist/core/options"
import { isTooDeep } from "../configs/deepest.ts"
import { itemIndex } from "../list-item.ts"
import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"
import type { Layer } from "./layer.ts"
import { isBelow } from "./masking.ts"

/** How the text of a variable becomes a value; nothing is ever guessed from the text. */
export type EnvironmentType =
  | "string"
  | "number"
  | "boolean"
  | "list"
  | "json"
  | ((text: string) => unknown)

/** What a variable may be; of several types the first that fits counts. */
export type VariableTypes = EnvironmentType | readonly EnvironmentType[]

/** The names of the types. */
export const environmentTypes: readonly string[] = ["string", "number", "boolean", "list", "json"]

/** Which environment variables are read, and as what. */
export interface EnvironmentOptions {
  /** What their names begin with: with `"APP_"`, `APP_SERVER_PORT` is `server.port`, and `APP_MAX_HTTP_SIZE` is `maxHTTPSize`. */
  readonly prefix: string
  /** Types by dotted path; those that the schema or the defaults show need not be repeated. A path without a type is not read. */
  readonly types?: Readonly<Record<string, EnvironmentType>> | undefined
  /** @default process.env */
  readonly source?: Readonly<Record<string, string | undefined>> | undefined
}

/** The variables that are set, as a layer. @throws `ERR_PERSIST_VALIDATION` for a text that does not fit its type. */
export function environmentLayer(
  { prefix, source = process.env }: EnvironmentOptions,
  types: Readonly<Record<string, VariableTypes>>,
  files: ReadonlyMap<string, string>,
  secrets?: readonly string[],
): Layer {
  const values: PlainObject = {}
  const variables = new Map<string, string>()
  const paths = Object.entries(types).map(([dotted, type]) => [dotted.split("."), type] as const)
  const nameOf = namesOf(prefix, paths)
  // What names a part counts more than what names the whole.
  for (const [path, type] of paths.toSorted(([one], [other]) => one.length - other.length)) {
    for (const variable of nameOf(path)) {
      const text = source[variable] ?? files.get(variable)
      if (text === undefined) continue
      const value = coerce(text, type, variable, isBelow(path.join("."), secrets))
      if (isTooDeep(value)) throw unfit(variable, "nested less deeply")
      assign(values, path, value, variable)
      variables.set(path.join("."), variable)
    }
  }
  return { name: "environment", values, variable: (path) => nearest(variables, path) }
}

function nearest(variables: ReadonlyMap<string, string>, path: readonly string[]) {
  for (let length = path.length; length > 0; length--) {
    const variable = variables.get(path.slice(0, length).join("."))
    if (variable !== undefined) return variable
  }
  return undefined
}

/** The variables of a path; those in which capitals such as `HTTP` in `maxHTTPSize` are a word only where no other path has them. */
function namesOf(prefix: string, paths: readonly (readonly [readonly string[], unknown])[]) {
  const plain = new Set(paths.flatMap(([path]) => variableNames(prefix, path)))
  return (path: readonly string[]): string[] => {
    const words = path.map((name) => name.replace(/([A-Z])(?=[A-Z][a-z])/g, "$1_"))
    const spelled = variableNames(prefix, words).filter((name) => !plain.has(name))
    return [...spelled, ...variableNames(prefix, path)]
  }
}

/** `maxSize` in `server` is `SERVER_MAX_SIZE`, or `SERVER__MAX_SIZE` where that would be ambiguous. */
function variableNames(prefix: string, path: readonly string[]): string[] {
  const parts = path.map((name) =>
    name
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .toUpperCase(),
  )
  return [...new Set([`${prefix}${parts.join("_")}`, `${prefix}${parts.join("__")}`])]
}

/** @throws `ERR_PERSIST_VALIDATION` for an item that a list of another variable has no place for. */
function assign(
  root: PlainObject,
  path: readonly string[],
  value: unknown,
  variable: string,
): void {
  let container = root
  for (const [depth, name] of path.entries()) {
    if (Array.isArray(container) && itemIndex([...container, undefined], name) === undefined) {
      throw unfit(variable, "for an item of the list that is there")
    }
    if (depth === path.length - 1) {
      setOwn(container, name, value)
      continue
    }
    const inner = Object.hasOwn(container, name) ? container[name] : undefined
    // A variable for the whole may have put there what has no members.
    if (!isPlainObject(inner) && !Array.isArray(inner)) setOwn(container, name, {})
    container = container[name] as PlainObject
  }
}

function coerce(text: string, type: VariableTypes, variable: string, isSecret: boolean): unknown {
  if (typeof type === "object") return firstFitting(text, type, variable, isSecret)
  if (typeof type === "function") return converted(text, type, variable, isSecret)
  if (type === "string") return text
  if (type === "list") {
    if (text.trimStart().startsWith("[")) return json(text, variable)
    return text === "" ? [] : text.split(",").map((item) => item.trim())
  }
  if (type === "json") return json(text, variable)
  if (type === "boolean") {
    const word = text.trim().toLowerCase()
    if (["true", "1", "yes", "on"].includes(word)) return true
    if (["false", "0", "no", "off"].includes(word)) return false
    throw unfit(variable, "true, false, 1, 0, yes, no, on or off")
  }
  const number = text.trim() === "" ? Number.NaN : Number(text)
  if (Number.isFinite(number)) return number
  throw unfit(variable, "a number")
}

function firstFitting(
  text: string,
  types: readonly EnvironmentType[],
  variable: string,
  isSecret: boolean,
): unknown {
  for (const type of types) {
    try {
      return coerce(text, type, variable, isSecret)
    } catch {}
  }
  const names = types.map((type) => (typeof type === "string" ? `a ${type}` : "a word"))
  throw unfit(variable, `${[...new Set(names)].join(" or ")} that the schema allows`)
}

function converted(
  text: string,
  convert: (text: string) => unknown,
  variable: string,
  isSecret: boolean,
): unknown {
  try {
    return convert(text)
  } catch (cause) {
    throw new PersistError(
      "ERR_PERSIST_VALIDATION",
      `The environment variable ${variable} was refused by the function that is its type.`,
      // What the function says may quote the text.
      { ...(!isSecret && { cause }), details: { variable } },
    )
  }
}

function json(text: string, variable: string): unknown {
  try {
    return parseExactly(text)
  } catch {
    throw unfit(variable, "JSON")
  }
}

// The text itself is not shown: it may be a secret.
function unfit(variable: string, wanted: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_VALIDATION",
    `The environment variable ${variable} has to be ${wanted}, and is not.`,
    { details: { variable } },
  )
}
