/** Whether an array has no holes. */
export function isDense(array: readonly unknown[]): boolean {
  for (let index = 0; index < array.length; index++) {
    if (array[index] === undefined && !(index in array)) return false
  }
  return true
}

/** The enumerable own keys of an object, symbols last. */
export function visibleKeys(object: object): (string | symbol)[] {
  const symbols = Object.getOwnPropertySymbols(object)
  if (symbols.length === 0) return Object.keys(object)
  const isVisible = Object.prototype.propertyIsEnumerable
  return [...Object.keys(object), ...symbols.filter((symbol) => isVisible.call(object, symbol))]
}

/** The keys of what an array holds: its elements, enumerable or not, and its visible properties. */
export function contentKeys(array: readonly unknown[]): (string | symbol)[] {
  const isVisible = Object.prototype.propertyIsEnumerable
  return Reflect.ownKeys(array).filter((key) => isVisible.call(array, key) || isIndex(key))
}

function isIndex(key: string | symbol): boolean {
  if (typeof key === "symbol") return false
  const index = Number(key) >>> 0
  return String(index) === key && index < 0xffffffff
}
