import { hasOnlyElements } from "../only-elements.ts"

const { getOwnPropertySymbols } = Object

/** Whether JSON would drop something of an array or object without a word: what has a symbol for its key, or a name beside elements. */
export function hasExtras(container: object): boolean {
  return Array.isArray(container)
    ? !hasOnlyElements(container)
    : getOwnPropertySymbols(container).length > 0
}
