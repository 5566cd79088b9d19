/** Whether an array has more than elements, which it may lack or hide: what is no index comes last of its keys. */
export function hasMore(array: readonly unknown[]): boolean {
  if (Object.getOwnPropertySymbols(array).length > 0) return true
  const last = Object.keys(array).at(-1)
  return last !== undefined && !(String(Number(last) >>> 0) === last && Number(last) < array.length)
}
