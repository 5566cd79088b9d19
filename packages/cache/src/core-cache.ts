import {
  type CoreCacheOptions,
  coreOptionNames,
  readMaxSize,
  type SetOptions,
  setOptionNames,
} from "./cache-options.ts"
import { fresh, gone } from "./engine/details.ts"
import { Engine } from "./engine/engine.ts"
import { checkOptions, toMilliseconds } from "./options.ts"
import { lru } from "./policies/lru.ts"
import type { CacheStats } from "./stats.ts"

/**
 * A cache in memory with a strict size, exact LRU, lifetimes and statistics.
 *
 * Expired entries are never served; they are removed when touched, and by one unref'd timer otherwise.
 */
export class CoreCache<K, V, Options extends SetOptions = SetOptions> extends Engine<K, V> {
  /** @throws `ERR_PERSIST_INVALID_OPTION` */
  constructor(
    options: CoreCacheOptions = {},
    owner = "CoreCache",
    names: readonly string[] = coreOptionNames,
  ) {
    checkOptions(owner, options, names)
    super(readMaxSize(options), options.clock, options.policy ?? lru)
    this.ttl = toMilliseconds(options.defaultTtl, "defaultTtl", "5m")
    this.settle()
  }

  /** The counters, as they are now. */
  get stats(): CacheStats {
    // The size first, as counting it may expire entries.
    const { size, misses, evictions, expirations } = this
    const hits = this.hits + this.earlierHits
    const sets = this.age - this.furtherUses
    const hitRatio = hits / (hits + misses || 1)
    return { hits, misses, hitRatio, sets, evictions, expirations, size }
  }

  /** The value of `key`, now the most recently used; `fallback` when there is none. */
  get(key: K): V | undefined
  get<F>(key: K, fallback: F): V | F
  get(key: K, fallback?: unknown): unknown {
    // Hot, so numbers stand for names: 3 is the word that holds the upper half of the deadline, every 256th look-up is judged
    // exactly. An entry without details and far from its deadline needs no reading of the clock, and exact LRU no call.
    const slot = this.index.get(key)
    if (slot !== undefined) {
      const hits = this.hits + 1
      const { links } = this
      const at = slot << 2
      if ((hits & 255) !== 0 && links[at | 3]! > this.quick) {
        this.hits = hits
        links[at] = hits + this.age
        return this.slotValues[slot]
      }
    }
    return this.find(key, slot, fallback)
  }

  /** The value of `key` without a trace: no count, no change of order. */
  peek(key: K): V | undefined
  peek<F>(key: K, fallback: F): V | F
  peek(key: K, fallback?: unknown): unknown {
    const slot = this.look(key)
    return slot === 0 ? fallback : this.slotValues[slot]
  }

  /** Whether `get` would find `key`; counts nothing and changes no order. */
  has(key: K): boolean {
    return this.look(key) !== 0
  }

  /**
   * Stores `value`, which may be `undefined`, as the most recently used.
   *
   * @throws `ERR_PERSIST_INVALID_OPTION`; nothing is changed then.
   */
  set(key: K, value: V, options?: Options): this {
    // Hot, as in `get`: 2 and 3 are the words of the deadline.
    if (options === undefined && ((this.age + 1) & this.steady) !== 0) {
      const slot = this.slotOf(key) ?? this.insert(key)
      const { links } = this
      const age = this.age + 1
      const at = slot << 2
      this.age = age
      links[at] = this.hits + age
      links[at | 2] = this.low
      links[at | 3] = this.high
      this.slotValues[slot] = value
    } else if (options === undefined && this.plain) this.put(key, value)
    else this.store(key, value, options)
    return this
  }

  /** Removes `key` and tells whether there was something fresh to remove. */
  delete(key: K): boolean {
    const slot = this.index.get(key)
    if (slot === undefined) return false
    const state = this.judge(slot)
    if (state === gone) return false
    this.remove(slot, "deleted")
    this.deliver()
    return state === fresh
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
    const keys = this.policy.order().map((slot) => this.slotKeys[slot]!)
    for (const key of keys) {
      const slot = this.look(key)
      if (slot !== 0) yield [key, this.slotValues[slot]!]
    }
  }

  /** The same as `entries`. */
  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries()
  }

  /** @internal */
  store(key: K, value: V, options: SetOptions = {}): void {
    checkOptions("set", options, setOptionNames)
    const ttl = toMilliseconds(options.ttl, "ttl", this.ttl)
    const now = this.clock.now()
    this.putDetailed(key, value, now + ttl)
    this.watch(now + ttl, now)
  }
}
