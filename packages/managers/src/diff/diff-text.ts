import type { PatchOperation } from "./patch.ts"

/** Below this many code units a string is replaced whole. */
const shortest = 32

/** The operation that turns one string into another: everything between what they begin and end with alike. */
export function diffText(before: string, after: string, path: string): PatchOperation {
  if (before.length < shortest) return { op: "replace", path, value: after }
  const limit = Math.min(before.length, after.length)
  let start = 0
  while (start < limit && before.charCodeAt(start) === after.charCodeAt(start)) start++
  let end = 0
  while (
    end < limit - start &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end++
  }
  // No format but JSON can hold half of a surrogate pair, so a pair is never cut.
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) start--
  if (end > 0 && isLowSurrogate(before.charCodeAt(before.length - end))) end--
  const insert = after.slice(start, after.length - end)
  return { op: "text", path, at: start, remove: before.length - end - start, insert }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
