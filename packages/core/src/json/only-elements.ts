import { isDeepStrictEqual } from "node:util"

const { getOwnPropertySymbols, getPrototypeOf, hasOwn, keys } = Object

/** Whether an array without holes has no property beside its elements. */
export function hasOnlyElements(array: readonly unknown[]): boolean {
  if (array.length < 8 || getPrototypeOf(array) !== Array.prototype)
    return keys(array).length === array.length && getOwnPropertySymbols(array).length === 0
  // A copy has the elements only; comparing with it costs a third of listing the keys. `slice` would ask the array for its
  // "constructor", `toSpliced` takes twenty times as long where `Array(n)` made it, and both where it is frozen.
  return !hasOwn(array, Symbol.iterator) && isDeepStrictEqual(array, [...array])
}
