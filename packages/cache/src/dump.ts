import { never } from "./engine/clock.ts"
import { type Details, gone } from "./engine/details.ts"
import type { EntryCache } from "./entry-cache.ts"
import { checkTags } from "./loading/load-options.ts"
import { wallTime } from "./loading/time.ts"
import { invalidOption } from "./options.ts"
import { EntryDetails } from "./tags/entry-details.ts"

/** One entry outside the cache; plain data, so that it survives JSON when key and value do. Times are milliseconds since the epoch. */
export interface DumpedEntry<K, V> {
  readonly key: K
  readonly value: V
  /** When it expires; left out for never. */
  readonly expiresAt?: number
  /** Until when it may be served stale, where that is later. */
  readonly staleUntil?: number
  /** Milliseconds that it may be served stale once it is expired, where nothing says yet when that will be. */
  readonly staleTtl?: number
  /** Milliseconds without a read after which it expires; left out for never. */
  readonly idleTtl?: number
  /** When it was last read or written, where that counts. */
  readonly usedAt?: number
  readonly weight?: number
  readonly tags?: readonly string[]
}

/** The last millisecond of a `Date`: what is for ever, where it must survive JSON. */
const endOfTime = 8.64e15

/** The entry in `slot` as plain data; undefined when it is gone. */
export function describe<K, V>(
  cache: EntryCache<K, V>,
  slot: number,
): DumpedEntry<K, V> | undefined {
  const now = cache.clock.now()
  if (cache.stateOf(slot, now) === gone) return undefined
  const offset = wallTime(cache.clock) - now
  const details = cache.details?.[slot]
  const more = details instanceof EntryDetails ? details : undefined
  const deadline = more?.ends() ?? details?.deadline ?? cache.overOf(slot)
  const tags = more?.tags.map(({ name }) => name) ?? []
  return {
    key: cache.slotKeys[slot]!,
    value: cache.slotValues[slot]!,
    ...(deadline < never && { expiresAt: deadline + offset }),
    ...staleness(deadline + offset, more?.staleTtl),
    ...idleness(details, offset),
    ...(cache.weights && { weight: cache.weights[slot]! }),
    ...(tags.length > 0 && { tags }),
  }
}

/**
 * Stores plain data with the lifetime that it has left; false when that is over, or one of its tags was invalidated
 * since `stamp`. Throws, and changes nothing, where memory cannot take it.
 */
export function adopt<K, V>(
  cache: EntryCache<K, V>,
  entry: Omit<DumpedEntry<K, V>, "key" | "value"> & { readonly key: K; readonly value?: V },
  stamp: number = cache.tags.stamp,
): boolean {
  if (typeof entry !== "object" || entry === null || !("key" in entry)) {
    throw invalidOption("A restored entry", entry, "what dump gives")
  }
  checkTags(entry.tags ?? undefined)
  const wall = wallTime(cache.clock)
  const ttl = (entry.expiresAt ?? never) - wall
  const staleTtl = staleTtlOf(entry)
  if (!(ttl + staleTtl > 0)) return false
  const options = {
    idleTtl: entry.idleTtl ?? never,
    tags: entry.tags ?? [],
    // JSON says null for Infinity.
    weight: cache.weights && (entry.weight ?? undefined),
  }
  const idleFor = Math.max(0, wall - (entry.usedAt ?? wall))
  const origin = { stamp, loadTime: 0, idleFor }
  const stored = cache.storeFor(entry.key, entry.value as V, ttl, staleTtl, options, origin)
  return stored && cache.index.has(entry.key)
}

/** Milliseconds that an entry may be served stale once it is expired. */
export function staleTtlOf({
  expiresAt,
  staleUntil,
  staleTtl,
}: Pick<DumpedEntry<unknown, unknown>, "expiresAt" | "staleUntil" | "staleTtl">): number {
  return staleTtl ?? Math.max(0, (staleUntil ?? 0) - (expiresAt ?? never))
}

function staleness(expiresAt: number, staleTtl = 0): object {
  if (staleTtl === 0) return {}
  if (expiresAt === never) return { staleTtl: Math.min(staleTtl, endOfTime) }
  return { staleUntil: Math.min(expiresAt + staleTtl, endOfTime) }
}

function idleness(details: Details | undefined, offset: number): object {
  if (details === undefined || details.idle === never) return {}
  return { idleTtl: details.idle, usedAt: details.used + offset }
}
