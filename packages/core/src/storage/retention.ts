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
 * The newest copy first, of a history that is sorted by id; those from a clock that was ahead of `now` count as the
 * oldest.
 */
export function newestFirst(history: readonly HistoryEntry[], now: number): HistoryEntry[] {
  const isAhead = ({ savedAt }: HistoryEntry) => savedAt.getTime() - now > mostAhead
  const byId = history.toReversed()
  if (!byId.some(isAhead)) return byId
  return [...byId.filter((entry) => !isAhead(entry)), ...byId.filter(isAhead)]
}

/**
 * The ids that retention removes from the history of one key; `history` is sorted by id.
 * The newest of each kind always stays. Copies from a clock that was ahead count as the oldest: what is kept now
 * must not make room for them.
 *
 * @param added What the change has kept just now: the newest, whatever the clocks say of the others. @default none
 */
export function expiredHistory(
  history: readonly HistoryEntry[],
  retention: Retention,
  now: number,
  added: readonly (string | undefined)[] = [],
): string[] {
  return (["version", "backup"] as const).flatMap((kind) => {
    const limit = kind === "version" ? retention.versions : retention.backups
    const known = newestFirst(
      history.filter((entry) => entry.kind === kind),
      now,
    )
    const newest = known.findIndex(({ id }) => added.includes(id))
    if (newest > 0) known.unshift(...known.splice(newest, 1))
    return known
      .filter((entry, age) => {
        if (age === 0) return false
        return age >= limit || now - entry.savedAt.getTime() > retention.maxAge
      })
      .map((entry) => entry.id)
  })
}
