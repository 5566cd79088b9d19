import type { LoadContext } from "./context.ts"
import { Failures } from "./failures.ts"
import { abortedError, absent, Flight, timeoutError } from "./flight.ts"
import { checkTags, type LoadSettings } from "./load-options.ts"
import type { LoadTarget } from "./load-target.ts"
import { after } from "./time.ts"
import { wait } from "./wait.ts"

/** Loads under way: one per key, fenced against everything newer. */
export class Loading<K, V> {
  readonly #target: LoadTarget<K, V>
  readonly #flights = new Map<K, Flight<K, V>>()
  readonly #failures: Failures<K>
  /** What others have changed is being heard of. They told the tier first, so what is looked for there is looked for again. */
  hearing = false
  loads = 0
  failures = 0
  loadTime = 0
  staleHits = 0

  constructor(target: LoadTarget<K, V>, mostFailures: number) {
    this.#target = target
    this.#failures = new Failures(mostFailures)
  }

  /** The value of a key that is not fresh: stale at once, or in a promise. Without `load`, `begun` brings it. */
  request(
    key: K,
    settings: LoadSettings,
    load: ((context: LoadContext<V>) => V | PromiseLike<V>) | undefined,
    begun?: (flight: Flight<K, V>) => void,
  ): V | Promise<V> {
    const target = this.#target
    if (settings.signal?.aborted) return Promise.reject(abortedError(key, settings.signal))
    const stale = target.stale(key, settings)
    const joined = this.#flights.get(key)
    let flight = joined
    if (flight === undefined) {
      const now = target.clock.now()
      const failure = settings.given.force === true ? undefined : this.#failures.find(key, now)
      if (failure !== undefined) {
        if (stale === undefined || now >= Math.max(stale.ifError, stale.whileRevalidate)) {
          return Promise.reject(failure.error)
        }
        this.staleHits++
        return stale.value
      }
      flight = this.start(key, settings, load)
      begun?.(flight)
    }
    if (stale !== undefined && target.clock.now() < stale.whileRevalidate) {
      flight.kept = true
      this.staleHits++
      return stale.value
    }
    // Who has begun it came before whatever its loader has invalidated by now.
    const late = joined !== undefined && flight.stamp < target.tags.stamp
    const brought = this.join(flight, settings, late)
    if (load === undefined || !(late || flight.partial)) return brought
    return brought.catch((error) => {
      if (error !== absent) throw error
      const found = this.since(key, settings)
      return found === undefined ? this.request(key, settings, load) : found[0]
    })
  }

  /** What may have come into memory while a load was joined that did not bring the value. */
  since(key: K, settings: LoadSettings): readonly [V] | undefined {
    return settings.given.force === true ? undefined : this.#target.current(key)
  }

  /** `late`: something was invalidated since it began, perhaps what it brings, as only the loader may know the tags. */
  join(
    flight: Flight<K, V>,
    settings: LoadSettings,
    late: boolean = flight.stamp < this.#target.tags.stamp,
  ): Promise<V> {
    const { clock } = this.#target
    const stale = () => this.#target.stale(flight.key, settings)
    const brought = wait(flight, settings, stale, clock, () => {
      this.staleHits++
    })
    if (!late) return brought
    return brought.then((value) => {
      if (flight.outdated) throw absent
      return value
    })
  }

  /** Whether there is neither a load of `key` under way nor a failure remembered. */
  isIdle(key: K): boolean {
    return !this.#flights.has(key) && !this.#failures.find(key, this.#target.clock.now())
  }

  /** Renews a value that is still fresh; nobody waits. */
  refresh(
    key: K,
    settings: LoadSettings,
    load: (context: LoadContext<V>) => V | PromiseLike<V>,
  ): void {
    this.start(key, settings, load, true).kept = true
  }

  find(key: K): Flight<K, V> | undefined {
    return this.#flights.get(key)
  }

  start(
    key: K,
    settings: LoadSettings,
    load: ((context: LoadContext<V>) => V | PromiseLike<V>) | undefined,
    anew: boolean = settings.given.force === true,
  ): Flight<K, V> {
    const target = this.#target
    const { clock, tags } = target
    const given = settings.given.tags ?? []
    const flight = new Flight<K, V>(key, tags.stamp, clock.now(), target.tierStamp(), given)
    if (this.#flights.size === 0) target.busy(true)
    this.#flights.set(key, flight)
    tags.loadBegins()
    const cancel = after(clock, settings.hardTimeout, () => {
      const error = timeoutError(key, settings.hardTimeout)
      if (flight.kept) target.unheard(error)
      flight.abort(error)
    })
    let open = true
    const close = () => {
      if (!open) return
      open = false
      cancel()
      tags.loadEnds()
      this.#leave(flight)
    }
    flight.onAbort = close
    // Also handles the failure, for which nobody may be waiting.
    flight.promise.then(close, close)
    flight.anew = anew
    if (load !== undefined) void this.#run(flight, settings, load)
    return flight
  }

  /** Stores what a load brought, unless something newer came in between, and tells everybody; what cannot be stored has failed. */
  land(flight: Flight<K, V>, value: V, settings: LoadSettings, context: LoadContext<V>): void {
    const loadTime = this.#target.clock.now() - flight.startedAt
    const newer = flight.overtaken ? this.#target.current(flight.key) : undefined
    try {
      checkTags(context.tags ?? undefined)
      if (!flight.overtaken) {
        this.#failures.delete(flight.key)
        this.#leave(flight)
        if (context.store !== false) {
          this.#target.storeLoaded(flight, value, settings, context, loadTime)
        }
      }
      flight.outdated =
        newer === undefined && this.#target.tags.invalidatedSince(flight.stamp, context.tags ?? [])
    } catch (error) {
      this.crash(flight, error, settings)
      return
    }
    this.loads++
    this.loadTime += loadTime
    flight.resolve((newer ?? [value])[0])
  }

  crash(flight: Flight<K, V>, error: unknown, settings: LoadSettings): void {
    this.loads++
    this.failures++
    this.loadTime += this.#target.clock.now() - flight.startedAt
    if (!flight.overtaken && settings.errorTtl > 0) {
      this.#failures.add(flight.key, error, this.#target.clock.now() + settings.errorTtl)
      this.#leave()
    }
    // That it was given up has been told, or is as it should be.
    if (flight.kept && !flight.signal.aborted) this.#target.unheard(error)
    const newer = flight.overtaken ? this.#target.current(flight.key) : undefined
    if (newer !== undefined) flight.resolve(newer[0])
    else flight.reject(error)
  }

  /** `value` was set during a load: it is what everybody who waits gets. */
  overtakenBy(key: K, value: V): void {
    const flight = this.#flights.get(key)
    this.#failures.delete(key)
    this.#leave()
    flight?.resolve(value)
    flight?.abort(undefined)
  }

  /** What is being loaded is out of date before it is there: it is not stored, and new callers load anew. */
  fence(key: K): void {
    this.#failures.delete(key)
    const flight = this.#flights.get(key)
    if (flight === undefined) return
    if (this.hearing && flight.looking) {
      flight.lookAgain = true
      return
    }
    flight.overtaken = true
    this.#leave(flight)
  }

  fenceTag(tag: string): void {
    for (const flight of this.#flights.values())
      if (flight.tags.includes(tag)) this.fence(flight.key)
  }

  fenceAll(): void {
    this.#failures.clear()
    for (const key of this.#flights.keys()) this.fence(key)
  }

  async #run(
    flight: Flight<K, V>,
    settings: LoadSettings,
    load: (context: LoadContext<V>) => V | PromiseLike<V>,
  ): Promise<void> {
    const target = this.#target
    try {
      if (target.lookFurther !== undefined && !flight.anew) {
        const found = await target.lookFurther(flight)
        if (found !== undefined) {
          flight.resolve((target.current(flight.key) ?? [found.value])[0])
          return
        }
        if (flight.signal.aborted) return
        for (const hope of flight.hopes) hope()
      }
      const context = makeContext(flight, target.stale(flight.key, settings)?.value)
      this.land(flight, await load(context), settings, context)
    } catch (error) {
      if (error === absent) flight.reject(error)
      else this.crash(flight, error, settings)
    }
  }

  /** Where nothing is under way then, changes concern no more than the failures that are yet remembered. */
  #leave(flight?: Flight<K, V>): void {
    if (flight && this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key)
    if (this.#flights.size === 0) this.#target.busy(this.#failures.lasting(this.#target.clock))
  }
}

export function makeContext<K, V>(flight: Flight<K, V>, stale: V | undefined): LoadContext<V> {
  return { signal: flight.signal, stale }
}
