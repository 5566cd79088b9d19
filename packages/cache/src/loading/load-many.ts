import type { BulkLoader } from "./context.ts"
import { absent, type Flight } from "./flight.ts"
import type { LoadSettings } from "./load-options.ts"
import { type Loading, makeContext } from "./loading.ts"

/** What a bulk load needs beside its keys. */
export interface BulkLoad<K, V> {
  readonly settings: LoadSettings
  readonly load: BulkLoader<K, V>
  readonly loading: Loading<K, V>
  /** Asks the second tier, if there is one. */
  readonly lookFurther:
    | ((flight: Flight<K, V>) => Promise<{ readonly value: V } | undefined>)
    | undefined
}

/**
 * Brings the values of `keys`, none of which is fresh: those under way are joined, the tier is asked for the
 * others, and one bulk load brings what is left. Each key is its own flight, fenced by itself.
 */
export async function loadMany<K, V>(keys: Iterable<K>, bulk: BulkLoad<K, V>): Promise<Map<K, V>> {
  const own: Flight<K, V>[] = []
  const found = new Map<K, V>()
  /** What others, whom it was left to, did not bring. */
  const missed: K[] = []
  const waits = Array.from(new Set(keys), async (key) => {
    let mine = false
    const begun = (flight: Flight<K, V>) => {
      mine = flight.partial = true
      own.push(flight)
    }
    try {
      return [key, await bulk.loading.request(key, bulk.settings, undefined, begun)] as const
    } catch (error) {
      if (error !== absent) throw error
      if (!mine) missed.push(key)
      return undefined
    }
  })
  void bring(own, bulk)
  for (const pair of await Promise.all(waits)) if (pair !== undefined) found.set(pair[0], pair[1])
  const left = missed.filter((key) => {
    const since = bulk.loading.since(key, bulk.settings)
    if (since !== undefined) found.set(key, since[0])
    return since === undefined
  })
  if (left.length > 0) for (const [key, value] of await loadMany(left, bulk)) found.set(key, value)
  return found
}

/** Renews values that are still fresh; nobody waits. */
export function refreshMany<K, V>(keys: readonly K[], bulk: BulkLoad<K, V>): void {
  const { loading, settings } = bulk
  const flights = keys.map((key) => loading.start(key, settings, undefined, true))
  for (const flight of flights) flight.kept = flight.partial = true
  // Not from the tier, which holds what is to be renewed.
  void bring(flights, { ...bulk, lookFurther: undefined })
}

async function bring<K, V>(
  flights: readonly Flight<K, V>[],
  { settings, load, loading, lookFurther }: BulkLoad<K, V>,
): Promise<void> {
  let left = flights
  if (lookFurther !== undefined) {
    const found = await Promise.all(flights.map(lookFurther))
    left = flights.filter((flight, index) => {
      const hit = found[index]
      if (hit !== undefined) flight.resolve(hit.value)
      return hit === undefined && !flight.signal.aborted
    })
  }
  for (const { hopes } of left) for (const hope of hopes) hope()
  if (left.length === 0) return
  // One signal for all: aborted when nobody waits for any of them.
  const controller = new AbortController()
  let alive = left.length
  for (const { signal } of left) {
    const abort = () => {
      if (--alive === 0) controller.abort(signal.reason)
    }
    signal.addEventListener("abort", abort, { once: true })
  }
  const context = { ...makeContext<K, V>(left[0]!, undefined), signal: controller.signal }
  try {
    const keys = left.map(({ key }) => key)
    // Spread, as a Map takes undefined for no pairs.
    const brought = new Map([...(await load(keys, context))])
    for (const flight of left) {
      if (brought.has(flight.key)) {
        loading.land(flight, brought.get(flight.key) as V, settings, context)
      } else flight.reject(absent)
    }
  } catch (error) {
    for (const flight of left) loading.crash(flight, error, settings)
  }
}
