import { none } from "./entry-cache.ts"
import type { LoadContext } from "./loading/context.ts"
import { absent, type Flight } from "./loading/flight.ts"
import { type LoadSettings, readLoadOptions } from "./loading/load-options.ts"
import { LoadingCache } from "./loading/loading-cache.ts"
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
export class CacheStorage<K = string, V = unknown> extends LoadingCache<K, V> {
  readonly #outside: Outside<K, V> | undefined
  readonly #probes = new Set<WhatIf<K>>()

  /** @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(options: CacheStorageOptions<K, V> = {}) {
    super(readOptions(options), "CacheStorage", storageOptionNames)
    if (options.tier === undefined && options.bus === undefined) return
    const outside = new Outside<K, V>(this, options, (error) => this.unheard(error))
    if (outside.tier !== undefined) this.lookFurther = (flight) => outside.find(flight)
    this.#outside = outside
  }

  override get stats(): CacheStorageStats {
    const { loads, failures, loadTime, staleHits } = this.loading
    const tier = this.#outside?.tier
    return {
      ...super.stats,
      weight: this.totalWeight,
      loads,
      loadFailures: failures,
      loadTime,
      averageLoadTime: loadTime / (loads || 1),
      staleHits,
      tierHits: tier?.hits ?? 0,
      tierMisses: tier?.misses ?? 0,
      tierErrors: tier?.errors ?? 0,
    }
  }

  override resetStats(): void {
    super.resetStats()
    const loading = this.loading
    loading.loads = loading.failures = loading.loadTime = loading.staleHits = 0
    const tier = this.#outside?.tier
    if (tier !== undefined) tier.hits = tier.misses = tier.errors = 0
  }

  override delete(key: K): boolean {
    const deleted = super.delete(key)
    this.#outside?.changed(key)
    return deleted
  }

  override clear(): void {
    super.clear()
    this.#outside?.cleared()
  }

  override expire(key: K): boolean {
    const expired = super.expire(key)
    this.#outside?.changed(key)
    return expired
  }

  override deleteTag(tag: string): void {
    super.deleteTag(tag)
    this.#outside?.invalidated(tag, "deleteTag")
  }

  override expireTag(tag: string): void {
    super.expireTag(tag)
    this.#outside?.invalidated(tag, "expireTag")
  }

  /** The value of `key` from memory, at once, or else from the tier, in a promise; `undefined` when neither has it. */
  fetch(key: K): V | undefined | Promise<V | undefined> {
    const value = this.get(key, none)
    if (value !== none) return value
    const outside = this.#outside
    if (outside?.tier === undefined) return undefined
    const settings = readLoadOptions("fetch")
    let own: Flight<K, V> | undefined
    const look = async () => {
      // Something else may have come there while it was being looked at.
      const found = own?.overtaken === true ? await outside.look(key) : undefined
      if (found === undefined) throw absent
      return found.value
    }
    const flight = this.loading.find(key)
    const wait =
      flight === undefined
        ? this.loading.request(key, settings, look)
        : this.loading.join(flight, settings)
    if (flight === undefined) own = this.loading.find(key)
    if (own !== undefined) own.partial = true
    return Promise.resolve(wait).catch(async (error) => {
      // A loader that others have called fails them alone.
      return error === absent ? undefined : (await outside.look(key))?.value
    })
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

  /** Flushes, leaves the bus and stops the timer; the memory goes on, where what has expired goes when touched or counted. */
  async close(): Promise<void> {
    // Kept, so that what expires from now on is not counted.
    const earliest = this.times[1]!
    this.sweeper.stop()
    this.times[1] = earliest
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
  override judge(slot: number, use = false): number {
    if (use && this.#probes.size > 0) {
      for (const probe of this.#probes) probe.record(this.slotKeys[slot]!)
    }
    return super.judge(slot, use)
  }

  /** @internal */
  override miss(key: K): void {
    if (this.#probes.size > 0) for (const probe of this.#probes) probe.record(key)
    super.miss(key)
  }

  /** @internal */
  override storeLoaded(
    flight: Flight<K, V>,
    value: V,
    settings: LoadSettings,
    context: LoadContext<V>,
    loadTime: number,
  ): boolean {
    const stored = super.storeLoaded(flight, value, settings, context, loadTime)
    // Else memory has what it had before, which is no newer for that.
    if (stored) this.#outside?.loaded(flight)
    return stored
  }

  /** @internal */
  override tierStamp(): number {
    return this.#outside?.tier?.stamp() ?? 0
  }

  /** @internal */
  override store(key: K, value: V, options?: EntryOptions): void {
    super.store(key, value, options)
    this.#outside?.changed(key)
  }

  /** @internal */
  hear(kind: BusMessage["kind"] | "missed", name?: unknown): void {
    this.loading.hearing = true
    if (kind === "key") {
      super.delete(name as K)
      this.#outside?.withdraw(name as K)
    } else if (kind === "clear" || kind === "missed") super.clear()
    else if ((kind === "deleteTag" || kind === "expireTag") && typeof name === "string") {
      super[kind](name)
    }
    this.loading.hearing = false
  }
}
