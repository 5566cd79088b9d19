import { inspect } from "node:util"

const elementsOnly = /^\w+\(\d+\)(?: \[\w+\])? \[\s*\.\.\. \d+ more items?\s*\]$/

/** Whether a typed array has more than its elements. Listing all its keys is slow when it is long; printing none is not. */
export function hasProperties(view: Uint8Array): boolean {
  if (Object.getOwnPropertySymbols(view).length > 0) return true
  const options = { maxArrayLength: 0, depth: 0, customInspect: false }
  if (view.length > 64 && elementsOnly.test(inspect(view, options))) return false
  return Object.keys(view).length > view.length
}
