import { inspect, types } from "node:util"
import { PersistError } from "@persist/atomic"
import { reasonOf } from "../values/path.ts"
import { isPlainObject, setOwn } from "../values/plain.ts"

/**
 * What `lenient` writes in place of a value that JSON cannot hold: a string for dates and unknown
 * objects, as the Python original did, and null where JSON.stringify has null.
 */
export function lenientForm(value: unknown, path: () => string): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value + 0 : null
    case "undefined":
      return null
    case "symbol":
      return String(value)
    case "function":
      return `[function ${value.name || "(anonymous)"}]`
    case "object":
      return value === null || Array.isArray(value) || isPlainObject(value)
        ? value
        : lenientObject(value, path)
    default:
      return value
  }
}

function lenientObject(value: object, path: () => string): unknown {
  try {
    if (Object.getPrototypeOf(value) === null) return { ...value }
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (types.isMap(value)) return lenientMap(value)
    if (types.isSet(value)) return [...value]
    if (types.isNumberObject(value) || types.isStringObject(value) || types.isBooleanObject(value))
      return lenientForm(value.valueOf(), path)
    if (types.isTypedArray(value)) return Array.from(value as unknown as ArrayLike<unknown>)
    return String(
      (value as { toString: unknown }).toString === Object.prototype.toString
        ? inspect(value)
        : value,
    )
  } catch (cause) {
    const details = { path: path() }
    const message = `${details.path} could not be made a string: ${reasonOf(cause)}`
    throw new PersistError("ERR_PERSIST_ENCODE", message, { cause, details })
  }
}

function lenientMap(map: ReadonlyMap<unknown, unknown>): object {
  const object = {}
  for (const [key, value] of map) {
    const name = typeof key === "object" ? inspect(key) : String(key)
    setOwn(object, name, value)
  }
  return object
}
