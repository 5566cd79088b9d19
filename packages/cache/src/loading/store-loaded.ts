import { never } from "../engine/clock.ts"
import { fresh, stale } from "../engine/details.ts"
import type { EntryCache } from "../entry-cache.ts"
import { toMilliseconds } from "../options.ts"
import { EntryDetails } from "../tags/entry-details.ts"
import type { LoadContext } from "./context.ts"
import type { Flight } from "./flight.ts"
import type { LoadSettings } from "./load-options.ts"
import type { Stale } from "./wait.ts"

/** Stores what a load brought, under the options of the load and what the loader said; false when it was invalidated before. */
export function storeLoaded<K, V>(
  cache: EntryCache<K, V>,
  flight: Flight<K, V>,
  value: V,
  settings: LoadSettings,
  context: LoadContext<V>,
  loadTime: number,
): boolean {
  const { given, earlyRefresh, staleTtl } = settings
  const negative = value === undefined || value === null ? given.negativeTtl : undefined
  const ttl = context.ttl ?? negative ?? given.ttl ?? cache.expiry?.(value, flight.key) ?? cache.ttl
  const tags = context.tags ?? given.tags
  const weight = context.weight ?? given.weight
  return cache.storeFor(
    flight.key,
    value,
    toMilliseconds(ttl, "ttl"),
    staleTtl,
    { idleTtl: given.idleTtl, tags, weight },
    {
      stamp: flight.stamp,
      loadTime: earlyRefresh > 0 ? Math.max(loadTime, Number.MIN_VALUE) : 0,
      idleFor: 0,
    },
  )
}

/** The value of `key` if it is past its deadline and kept, or if a load is forced: then it stands in where that fails or is slow, but not at once. */
export function staleOf<K, V>(
  cache: EntryCache<K, V>,
  key: K,
  settings: LoadSettings,
): Stale<V> | undefined {
  const slot = cache.index.get(key)
  if (slot === undefined) return undefined
  const state = cache.judge(slot)
  const value = cache.slotValues[slot]!
  const { staleWhileRevalidate, staleIfError } = settings
  if (state === fresh && settings.given.force) {
    return { value, whileRevalidate: -never, ifError: staleIfError ? never : -never }
  }
  if (state !== stale) return undefined
  const over = cache.overOf(slot)
  return { value, whileRevalidate: over + staleWhileRevalidate, ifError: over + staleIfError }
}

/** XFetch: whether this reader is the one to renew a value that is still fresh. */
export function isDueEarly<K, V>(
  cache: EntryCache<K, V>,
  key: K,
  beta: number,
  random: number,
): boolean {
  const slot = cache.index.get(key)
  const details = slot === undefined ? undefined : cache.details?.[slot]
  if (!(details instanceof EntryDetails) || details.loadTime === 0) return false
  // 1 - random lies in (0, 1], where the logarithm is finite and not positive.
  return cache.clock.now() - details.loadTime * beta * Math.log(1 - random) >= details.ends()
}
