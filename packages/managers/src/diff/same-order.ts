import { isDeepStrictEqual } from "node:util"
import { isPlainObject } from "../plain-object.ts"

/** Whether two equal values have their members, entries and items in the same order, all the way down. */
export function sameOrder(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return sameSequence(a, b)
  if (a instanceof Map && b instanceof Map) {
    return (
      sameSequence([...a.keys()], [...b.keys()]) && sameSequence([...a.values()], [...b.values()])
    )
  }
  if (a instanceof Set && b instanceof Set) return sameSequence([...a], [...b])
  if (!isPlainObject(a) || !isPlainObject(b)) return isDeepStrictEqual(a, b)
  const names = Object.keys(b)
  return Object.keys(a).every((name, index) => name === names[index] && sameOrder(a[name], b[name]))
}

function sameSequence(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((item, index) => sameOrder(item, b[index]))
}
