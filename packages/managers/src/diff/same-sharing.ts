import { isPlainObject } from "../plain-object.ts"
import { isCollection } from "./patch.ts"

/**
 * Whether two equal values have the same object in the same several places.
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
  const inB = inside(b)
  return inside(a).every((one, index) => sameSharing(one, inB[index], there, back))
}

function inside(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isPlainObject(value)) return Object.values(value)
  return isCollection(value) ? [...value].flat() : []
}
