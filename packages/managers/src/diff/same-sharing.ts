import { types } from "node:util"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { sameValue } from "./same-value.ts"

/**
 * Whether two equal values have the same object in the same several places, what they hold is of the same
 * classes, and lists have the same holes and properties beside their items.
 *
 * @param there What stands for each object of `a` in `b`.
 * @param back The same from `b` to `a`.
 */
export function sameSharing(
  a: unknown,
  b: unknown,
  there: Map<unknown, unknown> = new Map(),
  back: Map<unknown, unknown> = new Map(),
): boolean {
  if (typeof a !== "object" || a === null) return true
  if (there.has(a) || back.has(b)) return there.get(a) === b && back.get(b) === a
  there.set(a, b)
  back.set(b, a)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  // Where they are not equal to Node all the same.
  if (types.isNativeError(a) && a.stack !== (b as Error).stack) return false
  const [inA, inB] = [inside(a), inside(b)]
  if (inA.length !== inB.length) return false
  const isPacked = !Array.isArray(a) || inA.length === a.length
  if (!isPacked && !sameValue(Object.keys(a), Object.keys(b as object))) return false
  return inA.every((one, index) => sameSharing(one, inB[index], there, back))
}

function inside(value: unknown): readonly unknown[] {
  if (Array.isArray(value) || isPlainObject(value)) return Object.values(value)
  // Two views may show the same memory.
  if (ArrayBuffer.isView(value)) return [value.buffer]
  if (types.isNativeError(value)) return ownValues(value)
  if (types.isMap(value)) return [...value].flat()
  return types.isSet(value) ? [...value] : []
}

/** What an error was caused by is not enumerable. */
function ownValues(error: Error): unknown[] {
  return Object.getOwnPropertyNames(error).map((name) => (error as unknown as PlainObject)[name])
}
