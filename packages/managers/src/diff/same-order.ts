import { types } from "node:util"
import { isPlainObject } from "../plain-object.ts"
import { ComparedPairs } from "./compared-pairs.ts"
import { sameInstance } from "./same-value.ts"

/**
 * Whether two equal values have their members, entries and items in the same order, all the way down.
 *
 * @param begun What was begun to compare, for a value may hold itself.
 */
export function sameOrder(
  a: unknown,
  b: unknown,
  begun: ComparedPairs = new ComparedPairs(),
): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== "object" || a === null) return sameInstance(a, b)
  if (!begun.note(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return sameSequence(a, b, begun)
  if (types.isMap(a) && types.isMap(b)) {
    return (
      sameSequence([...a.keys()], [...b.keys()], begun) &&
      sameSequence([...a.values()], [...b.values()], begun)
    )
  }
  if (types.isSet(a) && types.isSet(b)) return sameSequence([...a], [...b], begun)
  if (!isPlainObject(a) || !isPlainObject(b)) return sameInstance(a, b)
  const names = Object.keys(b)
  return Object.keys(a).every(
    (name, index) => name === names[index] && sameOrder(a[name], b[name], begun),
  )
}

function sameSequence(a: readonly unknown[], b: readonly unknown[], begun: ComparedPairs): boolean {
  return a.every((item, index) => sameOrder(item, b[index], begun))
}
