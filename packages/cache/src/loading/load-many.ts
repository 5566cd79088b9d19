import type { BulkLoader } from "./context.ts"
import type { Flight } from "./flight.ts"
import type { LoadSettings } from "./load-options.ts"
import { absent, type Loading, makeContext } from "./loading.ts"

/**
 * Brings the values of `keys`, none of which is fresh: those under way are joined, the tier is asked for the
 * others, and one bulk load brings what is left. Each key is its own flight, fenced by itself.
 */
export async function loadMany<K, V>(
  keys: readonly K[],
  settings: LoadSettings,
  load: BulkLoader<K, V>,
  loading: Loading<K, V>,
  lookFurther: ((flight: Flight<K, V>) => Promise<{ readonly value: V } | undefined>) | undefined,
): Promise<Map<K, V>> {
  const own: Flight<K, V>[] = []
  const waits: Promise<readonly [K, V] | undefined>[] = []
  for (const key of new Set(keys)) {
    let flight = loading.find(key)
    if (flight === undefined) {
      flight = loading.start(key, settings, undefined)
      flight.partial = true
      own.push(flight)
    }
    waits.push(
      loading.join(flight, settings).then(
        (value) => [key, value] as const,
        (error) => {
          if (error === absent) return undefined
          throw error
        },
      ),
    )
  }
  void bring(own, settings, load, loading, lookFurther)
  const found = new Map<K, V>()
  for (const pair of await Promise.all(waits)) if (pair !== undefined) found.set(pair[0], pair[1])
  return found
}

async function bring<K, V>(
  flights: readonly Flight<K, V>[],
  settings: LoadSettings,
  load: BulkLoader<K, V>,
  loading: Loading<K, V>,
  lookFurther: ((flight: Flight<K, V>) => Promise<{ readonly value: V } | undefined>) | undefined,
): Promise<void> {
  let left = flights
  if (lookFurther !== undefined) {
    const found = await Promise.all(flights.map(lookFurther))
    left = flights.filter((flight, index) => {
      const hit = found[index]
      if (hit !== undefined) flight.resolve(hit.value)
      return hit === undefined
    })
  }
  if (left.length === 0) return
  // One signal for all: aborted when nobody waits for any of them.
  const controller = new AbortController()
  let alive = left.length
  for (const { signal } of left) {
    const abort = () => {
      if (--alive === 0) controller.abort(signal.reason)
    }
    if (signal.aborted) abort()
    else signal.addEventListener("abort", abort, { once: true })
  }
  const context = { ...makeContext<K, V>(left[0]!, undefined), signal: controller.signal }
  try {
    const brought = new Map(
      await load(
        left.map(({ key }) => key),
        context,
      ),
    )
    for (const flight of left) {
      if (brought.has(flight.key)) {
        loading.land(flight, brought.get(flight.key) as V, settings, context)
      } else flight.reject(absent)
    }
  } catch (error) {
    for (const flight of left) loading.crash(flight, error, settings)
  }
}
