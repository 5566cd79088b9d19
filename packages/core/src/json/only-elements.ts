import { isDeepStrictEqual } from "node:util"

const { toSpliced } = Array.prototype

/** Whether an array without holes has no property beside its elements. */
export function hasOnlyElements(array: readonly unknown[]): boolean {
  // A copy has the elements only; comparing with it costs a third of listing the keys. This way of copying asks the array
  // for nothing that may be a property of its own, as `slice` does for "constructor".
  return array.length < 8
    ? Object.keys(array).length === array.length && Object.getOwnPropertySymbols(array).length === 0
    : isDeepStrictEqual(array, toSpliced.call(array, 0, 0))
}
