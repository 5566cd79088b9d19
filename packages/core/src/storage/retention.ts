import { invalidOption, optionsCheck, toMilliseconds } from "@persist/atomic/options"
import type { HistoryEntry } from "./entry.ts"
import type { StorageOptions } from "./options.ts"
import type { Retention } from "./primitives.ts"

const checkKeep = optionsCheck<Exclude<StorageOptions["keep"], number | undefined>>("keep", {
  versions: true,
  backups: true,
})

/** Reads `keep` and `maxAge`. */
export function readRetention(options: StorageOptions): Retention {
  const { keep = {}, maxAge = Number.POSITIVE_INFINITY } = options
  const counts = typeof keep === "number" ? { versions: keep, backups: keep } : keep
  if (typeof counts !== "object")
    throw invalidOption("keep", keep, "a number, or { versions, backups }")
  checkKeep(counts)
  const { versions = Number.POSITIVE_INFINITY, backups = 10 } = counts
  for (const [name, count] of Object.entries({ versions, backups })) {
    const isCount = count === Number.POSITIVE_INFINITY || Number.isInteger(count)
    if (!isCount || count < 1) throw invalidOption(`keep.${name}`, count, "whole numbers from 1")
  }
  return Object.freeze({ versions, backups, maxAge: toMilliseconds(maxAge, "maxAge") })
}

// Milliseconds. Clocks that are right differ by less.
const mostAhead = 60_000

/**
 * The ids that retention removes from the history of one key; `history` is sorted by id.
 * The newest of each kind always stays. Copies from a clock that was ahead count as the oldest: what is kept now
 * must not make room for them.
 */
export function expiredHistory(
  history: readonly HistoryEntry[],
  retention: Retention,
  now: number,
): string[] {
  return (["version", "backup"] as const).flatMap((kind) => {
    const limit = kind === "version" ? retention.versions : retention.backups
    const newestFirst = history.filter((entry) => entry.kind === kind).reverse()
    const isAhead = ({ savedAt }: HistoryEntry) => savedAt.getTime() - now > mostAhead
    const byAge = newestFirst.some(isAhead)
      ? [...newestFirst.filter((entry) => !isAhead(entry)), ...newestFirst.filter(isAhead)]
      : newestFirst
    return byAge
      .filter((entry, age) => {
        if (age === 0) return false
        return age >= limit || now - entry.savedAt.getTime() > retention.maxAge
      })
      .map((entry) => entry.id)
  })
}
