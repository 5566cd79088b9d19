import { DetailedCache } from "./detailed-cache.ts"
import { adopt, type DumpedEntry, describe } from "./dump.ts"
import { never } from "./engine/clock.ts"
import { Details, fresh, gone } from "./engine/details.ts"
import { guarded, Removals, throwLater } from "./engine/removals.ts"
import { checkTags } from "./loading/load-options.ts"
import {
  checkFunction,
  checkIterable,
  checkOptions,
  type Duration,
  invalidOption,
  toMilliseconds,
} from "./options.ts"
import { type EntryCacheOptions, type EntryOptions, entryOptionNames } from "./storage-options.ts"
import { EntryDetails } from "./tags/entry-details.ts"
import { Tags } from "./tags/tag.ts"

/** What no look-up can find. */
export const none: unique symbol = Symbol("none")

/** When and by what load a value was made. */
export interface Origin {
  /** The tags' stamp when it was begun. */
  readonly stamp: number
  /** Milliseconds that it took. */
  readonly loadTime: number
  /** Milliseconds since it was last used. */
  readonly idleFor: number
}

/** A cache whose entries may carry tags, be kept beyond their deadline, and be dumped. */
export class EntryCache<K, V> extends DetailedCache<K, V> {
  /** @internal */
  readonly tags: Tags = new Tags()
  /** @internal */
  readonly idleTtl: number
  /** @internal */
  readonly expiry: ((value: V, key: K) => Duration) | undefined
  /** @internal Hears of what fails no call; throws nothing. */
  readonly onError: ((error: unknown) => void) | undefined

  constructor(options: EntryCacheOptions<K, V>, owner: string, names: readonly string[]) {
    super(options, owner, names)
    const { onRemoval, onError } = options
    checkFunction("expiry", options.expiry)
    checkFunction("onRemoval", onRemoval)
    checkFunction("onError", onError)
    this.onError = onError && guarded(onError)
    if (onRemoval !== undefined) {
      this.removals = new Removals(onRemoval, this.clock, this.onError ?? throwLater)
      this.beRich()
    }
    this.expiry = options.expiry
    this.idleTtl = toMilliseconds(options.idleTtl, "idleTtl", never)
    if (this.expiry !== undefined || this.idleTtl !== never) this.plain = false
    this.settle()
  }

  /** Sets every counter back to 0. */
  resetStats(): void {
    this.furtherUses = this.age += this.hits
    this.earlierHits = this.hits = this.misses = this.evictions = this.expirations = 0
  }

  /** The value of each key that is found. */
  getMany(keys: Iterable<K>): Map<K, V> {
    checkIterable("getMany: keys", keys)
    const found = new Map<K, V>()
    for (const key of keys) {
      const value = this.get(key, none)
      if (value !== none) found.set(key, value)
    }
    return found
  }

  /**
   * Stores every pair under the same options.
   *
   * @throws `ERR_PERSIST_INVALID_OPTION`, or what `weigh` or `expiry` throws for one of them; nothing is changed then.
   */
  setMany(entries: Iterable<readonly [K, V]>, options?: EntryOptions): this {
    checkIterable("setMany: entries", entries)
    const ready: [K, V, EntryOptions | undefined][] = []
    for (const pair of entries) {
      if (!Array.isArray(pair)) {
        throw invalidOption(`setMany: entry ${ready.length}`, pair, "a pair [key, value]")
      }
      const [key, value] = pair
      ready.push([key, value, this.#settled(key, value, options)])
    }
    for (const [key, value, settled] of ready) this.set(key, value, settled)
    return this
  }

  /** Calls `visit` for every entry, in the order and under the rules of `keys`. */
  forEach(visit: (value: V, key: K, cache: this) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }

  /**
   * Ends the freshness of `key` and tells whether it was fresh. Where it was set with `staleTtl`, `getOrSet` may
   * still serve it stale; otherwise it is gone.
   */
  expire(key: K): boolean {
    const slot = this.index.get(key)
    if (slot === undefined) return false
    const state = this.judge(slot)
    if (state === gone) return false
    const details = this.details?.[slot]
    const now = this.clock.now()
    if (details instanceof EntryDetails && details.staleTtl > 0) {
      // Also what is stale for want of use, which is fresh where that does not count.
      details.expire(now)
      this.watch(details.due(), now)
    } else {
      this.expireSlot(slot)
      this.deliver()
    }
    return state === fresh
  }

  /** Removes every entry that carries `tag`, however many they are, in constant time. */
  deleteTag(tag: string): void {
    this.#invalidate(tag, "deleted")
  }

  /**
   * Ends the freshness of every entry that carries `tag`, in constant time; see `expire`. The time for which what it
   * concerns may be served stale begins anew each time, and ends at the latest as if the tag had never been expired.
   */
  expireTag(tag: string): void {
    this.#invalidate(tag, "expired")
  }

  /** What there is of `key`, fresh or kept stale, as in `dump`: how long it has yet, its tags, its weight; changes nothing. */
  info(key: K): DumpedEntry<K, V> | undefined {
    const slot = this.index.get(key)
    return slot === undefined ? slot : describe(this, slot)
  }

  /** Everything fresh or kept stale, the first to be evicted first, for `restore` of a cache to come. */
  dump(): DumpedEntry<K, V>[] {
    const entries: DumpedEntry<K, V>[] = []
    for (const slot of this.policy.order().reverse()) {
      const entry = describe(this, slot)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  /**
   * Takes in what `dump` gave, with its deadlines, and tells how many; keys that are held already stay as they are.
   * What is no such entry, or damaged, is passed over and told to `onError`: a warm start is a help.
   */
  restore(entries: Iterable<DumpedEntry<K, V>>): number {
    checkIterable("restore: entries", entries)
    let restored = 0
    for (const entry of entries) {
      try {
        const slot = this.index.get(entry?.key)
        if (slot !== undefined && this.judge(slot) !== gone) continue
        if (adopt(this, entry)) restored++
      } catch (error) {
        this.onError?.(error)
      }
    }
    return restored
  }

  /** @internal */
  override store(key: K, value: V, options: EntryOptions = {}): void {
    checkOptions("set", options, entryOptionNames)
    checkTags(options.tags)
    const ttl = this.#ttlOf(key, value, options.ttl)
    this.storeFor(key, value, ttl, toMilliseconds(options.staleTtl, "staleTtl", 0), options)
  }

  /** @internal Stores a value for `ttl`, which may be over, and `staleTtl` beyond; false when it was invalidated before. */
  storeFor(
    key: K,
    value: V,
    ttl: number,
    staleTtl: number,
    options: EntryOptions,
    origin?: Origin,
  ): boolean {
    const idle = toMilliseconds(options.idleTtl, "idleTtl", this.idleTtl)
    const weight = this.weightOf(key, value, options.weight)
    const names = options.tags ?? []
    const now = this.clock.now()
    const deadline = now + ttl
    const { loadTime, stamp, idleFor } = origin ?? {
      loadTime: 0,
      idleFor: 0,
      stamp: this.tags.stamp,
    }
    let details: Details | undefined
    if (names.length > 0 || staleTtl > 0 || loadTime > 0) {
      const tags = this.tags.get(names)
      const traits = { deadline, idle, staleTtl, tags, stamp, loadTime }
      details = new EntryDetails(traits, now - idleFor, this.tags)
    } else if (idle !== never) details = new Details(deadline, idle, now - idleFor)
    if (origin !== undefined && ttl > 0 && details?.state(now) === gone) {
      details.dropped()
      return false
    }
    const due = details?.due() ?? deadline
    if (due <= now) {
      this.expirations++
      this.pass(key, value, details?.reason() ?? "expired", details)
      return true
    }
    this.putRich(key, value, deadline, weight, details)
    this.watch(due, now)
    return true
  }

  #ttlOf(key: K, value: V, given: Duration | undefined): number {
    return toMilliseconds(given === undefined ? this.expiry?.(value, key) : given, "ttl", this.ttl)
  }

  #invalidate(tag: string, kind: "deleted" | "expired"): void {
    checkTags([tag])
    const now = this.clock.now()
    if (this.tags.invalidate(tag, kind, now)) this.sweeper.arm(now, now)
  }

  /** The options with everything in them that is asked of the caller's functions. */
  #settled(key: K, value: V, options: EntryOptions | undefined): EntryOptions | undefined {
    const { expiry, weights } = this
    if (expiry === undefined && weights === undefined) return options
    checkOptions("setMany", options, entryOptionNames)
    return {
      ...options,
      ttl: this.#ttlOf(key, value, options?.ttl),
      ...(weights && { weight: this.weightOf(key, value, options?.weight) }),
    }
  }
}
