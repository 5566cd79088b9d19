import { EntryCache, none } from "./entry-cache.ts"
import type { BulkLoader, LoadContext, Loader } from "./loading/context.ts"
import { abortedError, type Flight } from "./loading/flight.ts"
import { loadMany } from "./loading/load-many.ts"
import {
  checkLoader,
  checkLoadOptions,
  type LoadOptions,
  type LoadSettings,
  readLoadOptions,
} from "./loading/load-options.ts"
import { absent, Loading, type LoadTarget } from "./loading/loading.ts"
import type { MemoizeOptions } from "./loading/memoize.ts"
import { memoize } from "./loading/memoize.ts"
import { isDueEarly, staleOf, storeLoaded } from "./loading/store-loaded.ts"
import type { Stale } from "./loading/wait.ts"
import type { CacheStorageStats } from "./stats.ts"
import {
  type CacheStorageOptions,
  type EntryOptions,
  readOptions,
  storageOptionNames,
} from "./storage-options.ts"
import type { BusMessage } from "./tier/bus.ts"
import { Outside } from "./tier/outside.ts"
import { WhatIf, type WhatIfOptions } from "./what-if/what-if.ts"

/**
 * A cache in memory, alone or in front of any store: exact LRU or an adaptive policy, lifetimes, weights, tags,
 * loading with single flight, a second tier, and statistics that are always on.
 */
export class CacheStorage<K = string, V = unknown> extends EntryCache<K, V> {
  /** @internal */
  readonly lookFurther: LoadTarget<K, V>["lookFurther"]
  readonly #loading: Loading<K, V>
  readonly #outside: Outside<K, V> | undefined
  readonly #random: () => number
  readonly #onError: ((error: unknown) => void) | undefined
  readonly #probes = new Set<WhatIf<K>>()
  /** Whether a change concerns more than the memory: loads under way or remembered, a tier or a bus. */
  #coupled = false
  /** Whether a set without options would be plain if that were not so. */
  readonly #simple: boolean

  /** @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(options: CacheStorageOptions<K, V> = {}) {
    super(readOptions(options), "CacheStorage", storageOptionNames)
    this.#loading = new Loading(this, this.maxSize)
    this.#random = options.random ?? Math.random
    this.#onError = options.onError
    if (options.tier !== undefined || options.bus !== undefined) {
      this.#outside = new Outside(this, options, (error) => this.unheard(error))
    }
    const outside = this.#outside
    if (outside?.tier !== undefined) this.lookFurther = (flight) => outside.find(flight)
    this.#simple = this.plain
    this.#couple(false)
  }

  override get stats(): CacheStorageStats {
    const { loads, failures, loadTime, staleHits } = this.#loading
    const tier = this.#outside?.tier
    return {
      ...super.stats,
      weight: this.totalWeight,
      loads,
      loadFailures: failures,
      loadTime,
      averageLoadTime: loads === 0 ? 0 : loadTime / loads,
      staleHits,
      tierHits: tier?.hits ?? 0,
      tierMisses: tier?.misses ?? 0,
      tierErrors: tier?.errors ?? 0,
    }
  }

  override resetStats(): void {
    super.resetStats()
    const loading = this.#loading
    loading.loads = loading.failures = loading.loadTime = loading.staleHits = 0
    const tier = this.#outside?.tier
    if (tier !== undefined) tier.hits = tier.misses = tier.errors = 0
  }

  override delete(key: K): boolean {
    const deleted = super.delete(key)
    if (this.#coupled) {
      this.#loading.fence(key)
      this.#outside?.changed(key)
    }
    return deleted
  }

  override clear(): void {
    super.clear()
    this.#loading.fenceAll()
    this.#outside?.cleared()
  }

  override expire(key: K): boolean {
    const expired = super.expire(key)
    this.#loading.fence(key)
    this.#outside?.changed(key)
    return expired
  }

  override deleteTag(tag: string): void {
    super.deleteTag(tag)
    this.#loading.fenceTag(tag)
    this.#outside?.invalidated(tag, "deleteTag")
  }

  override expireTag(tag: string): void {
    super.expireTag(tag)
    this.#loading.fenceTag(tag)
    this.#outside?.invalidated(tag, "expireTag")
  }

  /**
   * The value of `key`: at once when it is held, otherwise in a promise of what `load` makes of it. Calls for one key
   * share one load; a `set`, `delete`, `clear` or tag invalidation during a load wins over its result.
   *
   * @throws `ERR_PERSIST_INVALID_OPTION`. The promise rejects with the loader's error, `ERR_PERSIST_ABORTED` or
   * `ERR_PERSIST_TIMEOUT`.
   */
  getOrSet(key: K, load: Loader<K, V>, options?: LoadOptions): V | Promise<V> {
    const value = this.get(key, none)
    if (value !== none) {
      if (options === undefined) return value
      checkLoadOptions("getOrSet", options)
      if (options.force !== true) {
        if (options.earlyRefresh && isDueEarly(this, key, options.earlyRefresh, this.#random())) {
          const settings = readLoadOptions("getOrSet", options)
          this.#loading.refresh(key, settings, (context) => load(key, context))
        }
        return value
      }
    }
    checkLoader(load)
    const settings = readLoadOptions("getOrSet", options)
    return this.#loading.request(key, settings, (context) => load(key, context))
  }

  /**
   * The value of every key that is held or that one call of `load` brings for all the others.
   *
   * @throws as `getOrSet`, in the promise.
   */
  async getOrSetMany(
    keys: Iterable<K>,
    load: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, V>> {
    checkLoader(load)
    const settings = readLoadOptions("getOrSetMany", options)
    if (settings.signal?.aborted) throw abortedError("many keys", settings.signal)
    const wanted = [...keys]
    const force = options?.force === true
    const found = force ? new Map<K, V>() : this.getMany(wanted)
    const missing = wanted.filter((key) => !found.has(key))
    if (missing.length === 0) return found
    const further = force ? undefined : this.lookFurther
    const loaded = await loadMany(missing, settings, load, this.#loading, further)
    const all = new Map<K, V>()
    for (const key of wanted) {
      const from = found.has(key) ? found : loaded
      if (from.has(key)) all.set(key, from.get(key)!)
    }
    return all
  }

  /** The value of `key` from memory, at once, or else from the tier, in a promise; `undefined` when neither has it. */
  fetch(key: K): V | undefined | Promise<V | undefined> {
    const value = this.get(key, none)
    if (value !== none) return value
    if (this.#outside?.tier === undefined) return undefined
    const flight = this.#loading.find(key)
    const settings = readLoadOptions("fetch")
    const wait =
      flight === undefined
        ? this.#loading.request(key, settings, () => {
            throw absent
          })
        : this.#loading.join(flight, settings)
    const own = this.#loading.find(key)
    if (flight === undefined && own !== undefined) own.partial = true
    return Promise.resolve(wait).catch((error) => {
      if (error !== absent) throw error
      return undefined
    })
  }

  /** A function like `work` that keeps its results here, under the key that `options.key` makes of its arguments. */
  memoize<Args extends unknown[]>(
    work: (...args: Args) => V | PromiseLike<V>,
    options?: MemoizeOptions<K, Args>,
  ): (...args: Args) => V | Promise<V> {
    return memoize(this, work, options)
  }

  /** Watches what other sizes and policies would serve, until it is stopped. */
  whatIf(options: WhatIfOptions = {}): WhatIf<K> {
    const probe = new WhatIf<K>(this.maxSize, options, (stopped) => {
      this.#probes.delete(stopped)
      this.clock.setExact(this.#probes.size > 0)
    })
    this.#probes.add(probe)
    this.clock.setExact(true)
    return probe
  }

  /**
   * Waits until the tier has every write; rejects with its error when it refuses one.
   *
   * @throws `ERR_PERSIST_TIMEOUT` when the tier ends no write for its `writeTimeout`.
   */
  async flush(): Promise<void> {
    await this.#outside?.tier?.flush()
  }

  /** Flushes, leaves the bus and stops the timer; the memory goes on. */
  async close(): Promise<void> {
    this.sweeper.stop()
    try {
      await this.flush()
    } finally {
      await this.#outside?.close()
    }
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @internal */
  override judge(slot: number, use: boolean): number {
    if (use && this.#probes.size > 0) {
      for (const probe of this.#probes) probe.record(this.slotKeys[slot]!)
    }
    return super.judge(slot, use)
  }

  /** @internal */
  override miss(key: K): 0 {
    if (this.#probes.size > 0) for (const probe of this.#probes) probe.record(key)
    return super.miss(key)
  }

  /** @internal */
  current(key: K): readonly [V] | undefined {
    const slot = this.look(key)
    return slot === 0 ? undefined : [this.slotValues[slot]!]
  }

  /** @internal */
  stale(key: K, settings: LoadSettings): Stale<V> | undefined {
    return staleOf(this, key, settings)
  }

  /** @internal */
  storeLoaded(
    flight: Flight<K, V>,
    value: V,
    settings: LoadSettings,
    context: LoadContext<V>,
    loadTime: number,
  ): void {
    storeLoaded(this, flight, value, settings, context, loadTime)
    this.#outside?.loaded(flight.key)
  }

  /** @internal */
  unheard(error: unknown): void {
    this.#onError?.(error)
  }

  /** @internal */
  busy(busy: boolean): void {
    this.#couple(busy)
  }

  /** @internal */
  override store(key: K, value: V, options?: EntryOptions): void {
    super.store(key, value, options)
    if (!this.#coupled) return
    this.#loading.overtakenBy(key, value)
    this.#outside?.changed(key)
  }

  #couple(busy: boolean): void {
    this.#coupled = busy || this.#outside !== undefined
    this.plain = this.#simple && !this.#coupled
    this.settle()
  }

  /** @internal */
  hear(kind: BusMessage["kind"] | "missed", name: unknown): void {
    if (kind === "key") {
      super.delete(name as K)
      this.#loading.fence(name as K)
    } else if ((kind === "deleteTag" || kind === "expireTag") && typeof name === "string") {
      super[kind](name)
      this.#loading.fenceTag(name)
    } else if (kind === "clear" || kind === "missed") {
      super.clear()
      this.#loading.fenceAll()
    }
  }
}
