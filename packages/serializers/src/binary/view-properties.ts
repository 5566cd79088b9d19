import { inspect } from "node:util"

const elementsOnly = /^\w+\(\d+\)(?: \[\w+\])? \[\s*\.\.\. \d+ more items?\s*\]$/

const { hasOwn } = Object

/** Whether a view or a buffer has a property, hidden or not, that would be believed instead of where it lies. */
export function hasOwnPlace(memory: object): boolean {
  return hasOwn(memory, "byteOffset") || hasOwn(memory, "byteLength") || hasOwn(memory, "buffer")
}

/**
 * Whether a typed array has more than its elements, or a length that it says itself. Listing all its keys is slow when
 * it is long; printing none is not.
 */
export function hasProperties(view: Uint8Array): boolean {
  if (Object.getOwnPropertySymbols(view).length > 0 || hasOwn(view, "length")) return true
  const options = { maxArrayLength: 0, depth: 0, customInspect: false }
  if (view.length > 64 && elementsOnly.test(inspect(view, options))) return false
  return Object.keys(view).length > view.length
}
