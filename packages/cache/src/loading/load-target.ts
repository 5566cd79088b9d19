import type { EngineClock } from "../engine/clock.ts"
import type { Tags } from "../tags/tag.ts"
import type { LoadContext } from "./context.ts"
import type { Flight } from "./flight.ts"
import type { LoadSettings } from "./load-options.ts"
import type { Stale } from "./wait.ts"

/** What loading asks of the cache that it fills. */
export interface LoadTarget<K, V> {
  readonly clock: EngineClock
  readonly tags: Tags
  /** The value of a fresh entry, uncounted, in an array; none when there is none. */
  current(key: K): readonly [V] | undefined
  stale(key: K, settings: LoadSettings): Stale<V> | undefined
  storeLoaded(
    flight: Flight<K, V>,
    value: V,
    settings: LoadSettings,
    context: LoadContext<V>,
    loadTime: number,
  ): boolean
  /** Looks into the second tier, if there is one. */
  readonly lookFurther:
    | ((flight: Flight<K, V>) => Promise<{ readonly value: V } | undefined>)
    | undefined
  /** What the second tier shall take for the time of a load that begins now. */
  tierStamp(): number
  /** A failure that no caller hears of. */
  unheard(error: unknown): void
  /** Called when loads begin or all have ended. */
  busy(busy: boolean): void
}
