import { EntryCache, none } from "../entry-cache.ts"
import { checkIterable } from "../options.ts"
import type { CacheStorageOptions, EntryCacheOptions, EntryOptions } from "../storage-options.ts"
import type { BulkLoader, LoadContext, Loader } from "./context.ts"
import { abortedError, type Flight } from "./flight.ts"
import { loadMany, refreshMany } from "./load-many.ts"
import {
  checkLoader,
  checkLoadOptions,
  type LoadOptions,
  type LoadSettings,
  readLoadOptions,
} from "./load-options.ts"
import type { LoadTarget } from "./load-target.ts"
import { Loading } from "./loading.ts"
import type { MemoizeOptions } from "./memoize.ts"
import { memoize } from "./memoize.ts"
import { isDueEarly, staleOf, storeLoaded } from "./store-loaded.ts"
import type { Stale } from "./wait.ts"

/** A cache that loads what it does not hold, and sees to it that nothing newer is overwritten. */
export class LoadingCache<K, V> extends EntryCache<K, V> {
  /** @internal */
  readonly loading: Loading<K, V>
  /** @internal Set where there is a second tier. */
  lookFurther: LoadTarget<K, V>["lookFurther"]
  readonly #random: () => number
  /** Whether a change concerns more than the memory: loads under way or remembered, a tier or a bus. */
  #coupled = false
  /** Whether it always does: there is a tier or a bus. */
  readonly #alwaysCoupled: boolean
  /** Whether a set without options would be plain if that were not so. */
  readonly #simple: boolean

  constructor(
    options: Omit<CacheStorageOptions<K, V>, "policy"> & EntryCacheOptions<K, V>,
    owner: string,
    names: readonly string[],
  ) {
    super(options, owner, names)
    this.loading = new Loading(this, this.maxSize)
    this.#random = options.random ?? Math.random
    this.#alwaysCoupled = options.tier !== undefined || options.bus !== undefined
    this.#simple = this.plain
    this.busy(false)
  }

  override delete(key: K): boolean {
    const deleted = super.delete(key)
    if (this.#coupled) this.loading.fence(key)
    return deleted
  }

  override clear(): void {
    super.clear()
    this.loading.fenceAll()
  }

  override expire(key: K): boolean {
    const expired = super.expire(key)
    this.loading.fence(key)
    return expired
  }

  override deleteTag(tag: string): void {
    super.deleteTag(tag)
    this.loading.fenceTag(tag)
  }

  override expireTag(tag: string): void {
    super.expireTag(tag)
    this.loading.fenceTag(tag)
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
        if (this.#isDueEarly(key, options.earlyRefresh ?? 0)) {
          const settings = readLoadOptions("getOrSet", options)
          this.loading.refresh(key, settings, (context) => load(key, context))
        }
        return value
      }
    }
    checkLoader(load)
    const settings = readLoadOptions("getOrSet", options)
    return this.loading.request(key, settings, (context) => load(key, context))
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
    checkIterable("getOrSetMany: keys", keys)
    if (settings.signal?.aborted) throw abortedError("many keys", settings.signal)
    const wanted = [...keys]
    const force = options?.force === true
    const found = force ? new Map<K, V>() : this.getMany(wanted)
    const lookFurther = force ? undefined : this.lookFurther
    const bulk = { settings, load, loading: this.loading, lookFurther }
    const early = [...found.keys()].filter((key) => this.#isDueEarly(key, settings.earlyRefresh))
    if (early.length > 0) refreshMany(early, bulk)
    const missing = wanted.filter((key) => !found.has(key))
    if (missing.length === 0) return found
    const loaded = await loadMany(missing, bulk)
    const all = new Map<K, V>()
    for (const key of wanted) {
      const from = found.has(key) ? found : loaded
      if (from.has(key)) all.set(key, from.get(key)!)
    }
    return all
  }

  /** A function like `work` that keeps its results here, under the key that `options.key` makes of its arguments. */
  memoize<Args extends unknown[]>(
    work: (...args: Args) => V | PromiseLike<V>,
    options?: MemoizeOptions<K, Args>,
  ): (...args: Args) => V | Promise<V> {
    return memoize(this, work, options)
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
  ): boolean {
    return storeLoaded(this, flight, value, settings, context, loadTime)
  }

  /** @internal */
  tierStamp(): number {
    return 0
  }

  /** @internal */
  unheard(error: unknown): void {
    this.onError?.(error)
  }

  /** @internal */
  busy(busy: boolean): void {
    this.#coupled = busy || this.#alwaysCoupled
    this.plain = this.#simple && !this.#coupled
    this.settle()
  }

  /** @internal */
  override store(key: K, value: V, options?: EntryOptions): void {
    super.store(key, value, options)
    if (this.#coupled) this.loading.overtakenBy(key, value)
  }

  #isDueEarly(key: K, beta: number): boolean {
    return beta > 0 && isDueEarly(this, key, beta, this.#random()) && this.loading.isIdle(key)
  }
}
