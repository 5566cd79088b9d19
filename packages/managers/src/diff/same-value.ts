import { isDeepStrictEqual, types } from "node:util"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { escapePointer } from "./patch.ts"

/** Whether two values are equal all the way down; quick for plain data. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]))
  }
  if (!isPlainObject(a) || !isPlainObject(b)) return sameInstance(a, b) || sameMoment(a, b)
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameValue(a[name], b[name]))
  )
}

/** Dates of two contexts are never equal to Node. */
function sameMoment(a: object, b: object): boolean {
  const areDates = types.isDate(a) && types.isDate(b) && isOfNoSubclass(a) && isOfNoSubclass(b)
  return areDates && Object.is(a.getTime(), b.getTime())
}

function isOfNoSubclass(date: Date): boolean {
  return Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf(date))) === null
}

/** Node 24 throws for two sets of objects of which only one holds null or undefined. */
export function sameInstance(a: unknown, b: unknown): boolean {
  try {
    return isDeepStrictEqual(a, b)
  } catch {
    return false
  }
}

/** The JSON pointer of the first difference between two values; undefined when they are equal. */
export function firstDifference(a: unknown, b: unknown, path = ""): string | undefined {
  if (sameValue(a, b)) return undefined
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path || "/"
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [one, other] = [(a as PlainObject)[name], (b as PlainObject)[name]]
    const inner = firstDifference(one, other, `${path}/${escapePointer(name)}`)
    if (inner !== undefined) return inner
  }
  return path || "/"
}
