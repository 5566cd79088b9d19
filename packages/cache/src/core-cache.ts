import {
  type CoreCacheOptions,
  coreOptionNames,
  isIntegerIn,
  readSettings,
  type SetOptions,
  type Settings,
  setOptionNames,
} from "./cache-options.ts"
import { EngineClock, realClock } from "./engine/clock.ts"
import { Details } from "./engine/details.ts"
import { Engine } from "./engine/engine.ts"
import { Removals } from "./engine/removals.ts"
import { checkOptions, invalidOption, toMilliseconds } from "./options.ts"
import { lru } from "./policies/lru.ts"
import type { CacheStats } from "./stats.ts"

const never = Number.POSITIVE_INFINITY

/**
 * A cache in memory with a strict size, exact LRU, lifetimes, weights and statistics.
 *
 * Expired entries are never served; they are removed when touched, and by one unref'd timer otherwise.
 */
export class CoreCache<K, V> {
  /** @internal */
  protected readonly engine: Engine<K, V>
  /** @internal */
  protected readonly settings: Settings<K, V>
  /** Whether a set without options needs nothing but a deadline. */
  readonly #plain: boolean
  readonly #defaultTtl: number

  /** @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(options: CoreCacheOptions<K, V> = {}) {
    this.checkOptions(options)
    const settings = readSettings(options)
    const clock = options.clock === undefined ? realClock : new EngineClock(options.clock)
    this.settings = settings
    this.engine = new Engine<K, V>(
      settings.maxSize,
      settings.maxWeight,
      clock,
      options.policy ?? lru,
    )
    if (options.onRemoval !== undefined) {
      const report =
        options.onError ??
        ((error) => {
          queueMicrotask(() => {
            throw error
          })
        })
      this.engine.removals = new Removals(options.onRemoval, clock, report)
    }
    if (settings.weighted) this.engine.weights = []
    this.#defaultTtl = settings.defaultTtl
    this.#plain = !settings.weighted && settings.idleTtl === never && !settings.expiry
  }

  /** Entries held; expired ones count until they are noticed, see `prune`. */
  get size(): number {
    return this.engine.size
  }

  /** Total weight of the entries held; 0 without `maxWeight` and `weigh`. */
  get weight(): number {
    return this.engine.weight
  }

  /** The counters, as they are now. */
  get stats(): CacheStats {
    const { hits, misses, sets, evictions, expirations, size, weight } = this.engine
    const lookups = hits + misses
    const hitRatio = lookups === 0 ? 0 : hits / lookups
    return { hits, misses, hitRatio, sets, evictions, expirations, size, weight }
  }

  /** Sets every counter back to 0. */
  resetStats(): void {
    const { engine } = this
    engine.hits = engine.misses = engine.sets = engine.evictions = engine.expirations = 0
  }

  /** The value of `key`, now the most recently used; `fallback` when there is none. */
  get(key: K): V | undefined
  get<F>(key: K, fallback: F): V | F
  get(key: K, fallback?: unknown): unknown {
    const slot = this.engine.find(key)
    return slot === 0 ? fallback : this.engine.values[slot]
  }

  /** The value of `key` without a trace: no count, no change of order. */
  peek(key: K): V | undefined
  peek<F>(key: K, fallback: F): V | F
  peek(key: K, fallback?: unknown): unknown {
    const slot = this.engine.look(key)
    return slot === 0 ? fallback : this.engine.values[slot]
  }

  /** Whether `get` would find `key`; counts nothing and changes no order. */
  has(key: K): boolean {
    return this.engine.look(key) !== 0
  }

  /**
   * Stores `value`, which may be `undefined`, as the most recently used.
   *
   * @throws `ERR_PERSIST_INVALID_OPTION`; nothing is changed then.
   */
  set(key: K, value: V, options?: SetOptions): this {
    if (options === undefined && this.#plain) {
      const ttl = this.#defaultTtl
      const engine = this.engine
      if (ttl === never) engine.put(key, value, never)
      else {
        const now = engine.clock.start(ttl)
        const deadline = now + ttl
        engine.put(key, value, deadline)
        if (deadline < engine.sweeper.next) engine.sweeper.arm(deadline, now)
      }
    } else this.store(key, value, options)
    return this
  }

  /** Removes `key` and tells whether there was something fresh to remove. */
  delete(key: K): boolean {
    const slot = this.engine.look(key)
    if (slot === 0) return false
    this.engine.remove(slot, "deleted")
    this.engine.removals?.deliver()
    return true
  }

  /** Removes everything and retains nothing; the counters go on. */
  clear(): void {
    this.engine.clear()
  }

  /** The value of each key that is found. */
  getMany(keys: Iterable<K>): Map<K, V> {
    const found = new Map<K, V>()
    for (const key of keys) {
      const slot = this.engine.find(key)
      if (slot !== 0) found.set(key, this.engine.values[slot]!)
    }
    return found
  }

  /** Stores every pair under the same options. */
  setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): this {
    for (const [key, value] of entries) this.set(key, value, options)
    return this
  }

  /** Removes the expired entries now and tells how many. */
  prune(): number {
    const before = this.engine.expirations
    this.engine.sweep(1, this.engine.used)
    return this.engine.expirations - before
  }

  /**
   * The keys, the one that the policy keeps longest first. The walk is over the keys of its start: an entry
   * that has gone is passed over, one that comes is not visited, none is visited twice.
   */
  *keys(): Generator<K, void, undefined> {
    for (const [key] of this.entries()) yield key
  }

  /** The values, in the order and under the rules of `keys`. */
  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entries()) yield value
  }

  /** The pairs, in the order and under the rules of `keys`. */
  *entries(): Generator<[K, V], void, undefined> {
    const { engine } = this
    const keys = engine.policy.order().map((slot) => engine.keys[slot]!)
    for (const key of keys) {
      const slot = engine.look(key)
      if (slot !== 0) yield [key, engine.values[slot]!]
    }
  }

  /** The same as `entries`. */
  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries()
  }

  /** Calls `visit` for every entry, in the order and under the rules of `keys`. */
  forEach(visit: (value: V, key: K, cache: this) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }

  /** @internal */
  protected checkOptions(options: CoreCacheOptions<K, V>): void {
    checkOptions("CoreCache", options, coreOptionNames)
  }

  /** @internal */
  protected store(key: K, value: V, options: SetOptions = {}): void {
    checkOptions("set", options, setOptionNames)
    const { settings, engine } = this
    const ttl = toMilliseconds(
      options.ttl ?? settings.expiry?.(value, key) ?? settings.defaultTtl,
      "ttl",
    )
    const idle = toMilliseconds(options.idleTtl ?? settings.idleTtl, "idleTtl")
    const weight = this.weightOf(key, value, options.weight)
    const now = ttl === never && idle === never ? 0 : engine.clock.now()
    if (idle === never) engine.putDetailed(key, value, now + ttl, weight)
    else {
      const details = new Details(now + ttl, idle, now)
      engine.putDetailed(key, value, Number.NaN, weight, details)
    }
    engine.watch(now + Math.min(ttl, idle), now)
  }

  /** @internal */
  protected weightOf(key: K, value: V, given: number | undefined): number {
    const { weigh, weighted } = this.settings
    if (!weighted) {
      if (given === undefined) return 0
      throw invalidOption("weight", given, "none, as the cache has neither maxWeight nor weigh")
    }
    const weight = given ?? weigh?.(value, key) ?? 1
    if (isIntegerIn(weight, 0, Number.MAX_SAFE_INTEGER)) return weight
    throw invalidOption("weight", weight, "an integer from 0")
  }
}
