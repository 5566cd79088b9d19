import { commonRuns, isHighSurrogate, isLowSurrogate } from "./common-runs.ts"
import type { PatchOperation } from "./patch.ts"

/** Below this many code units a string is replaced whole. */
const shortest = 32

/**
 * The operations that turn one string into another: everything between what they begin and end with alike, apart from
 * long pieces that stay.
 */
export function diffText(before: string, after: string, path: string): PatchOperation[] {
  if (before.length < shortest) return [{ op: "replace", path, value: after }]
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
  const ends = { before: before.length - end - start, after: after.length - end - start, length: 0 }
  const runs = commonRuns(
    before.slice(start, -end || undefined),
    after.slice(start, -end || undefined),
  )
  const operations: PatchOperation[] = []
  // What comes before a place is as it will be by then, so places are those in `after`.
  let [from, at] = [start, start]
  for (const run of [...runs, ends]) {
    const remove = start + run.before - from
    const insert = after.slice(at, start + run.after)
    if (remove > 0 || insert !== "") operations.push({ op: "text", path, at, remove, insert })
    from = start + run.before + run.length
    at = start + run.after + run.length
  }
  return operations
}
