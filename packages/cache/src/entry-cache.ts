import { DetailedCache } from "./detailed-cache.ts"
import type { DumpedEntry } from "./dump.ts"
import { Details, fresh, gone } from "./engine/details.ts"
import { Removals } from "./engine/removals.ts"
import { checkTags } from "./loading/load-options.ts"
import { wallTime } from "./loading/time.ts"
import { checkFunction, checkOptions, type Duration, toMilliseconds } from "./options.ts"
import { type EntryCacheOptions, type EntryOptions, entryOptionNames } from "./storage-options.ts"
import { EntryDetails } from "./tags/entry-details.ts"
import { Tags } from "./tags/tag.ts"

const never = Number.POSITIVE_INFINITY

/** The last millisecond of a `Date`: what is for ever, where it must survive JSON. */
const endOfTime = 8.64e15

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

/** How values are made that were given now. */
const made = { loadTime: 0, idleFor: 0 }

/** A cache whose entries may carry tags, be kept beyond their deadline, and be dumped. */
export class EntryCache<K, V> extends DetailedCache<K, V> {
  /** @internal */
  readonly tags: Tags = new Tags()
  /** @internal */
  readonly idleTtl: number
  /** @internal */
  readonly expiry: ((value: V, key: K) => Duration) | undefined

  constructor(options: EntryCacheOptions<K, V>, owner: string, names: readonly string[]) {
    super(options, owner, names)
    const { onRemoval, onError } = options
    checkFunction("expiry", options.expiry)
    checkFunction("onRemoval", onRemoval)
    checkFunction("onError", onError)
    if (onRemoval !== undefined) {
      this.removals = new Removals(onRemoval, this.clock, onError ?? throwLater)
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
    this.earlierHits = this.earlierSets = 0
    this.hits = this.misses = this.evictions = this.expirations = 0
  }

  /** The value of each key that is found. */
  getMany(keys: Iterable<K>): Map<K, V> {
    const found = new Map<K, V>()
    for (const key of keys) {
      const value = this.get(key, none)
      if (value !== none) found.set(key, value)
    }
    return found
  }

  /** Stores every pair under the same options. */
  setMany(entries: Iterable<readonly [K, V]>, options?: EntryOptions): this {
    for (const [key, value] of entries) this.set(key, value, options)
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
    const state = this.judge(slot, false)
    if (state !== fresh) return false
    const details = this.details?.[slot]
    const now = this.clock.now()
    if (details instanceof EntryDetails && details.staleTtl > 0) {
      details.expire(now)
      this.watch(details.due(), now)
    } else {
      this.expirations++
      this.remove(slot, "expired")
      this.deliver()
    }
    return true
  }

  /** Removes every entry that carries `tag`, however many they are, in constant time. */
  deleteTag(tag: string): void {
    this.#invalidate(tag, "deleted")
  }

  /** Ends the freshness of every entry that carries `tag`, in constant time; see `expire`. */
  expireTag(tag: string): void {
    this.#invalidate(tag, "expired")
  }

  /** Everything fresh or kept stale, the first to be evicted first, for `restore` of a cache to come. */
  dump(): DumpedEntry<K, V>[] {
    const entries: DumpedEntry<K, V>[] = []
    for (const slot of this.policy.order().reverse()) {
      const entry = this.describe(slot)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  /** Takes in what `dump` gave, with its deadlines, and tells how many; keys that are held already stay as they are. */
  restore(entries: Iterable<DumpedEntry<K, V>>): number {
    let restored = 0
    for (const entry of entries) {
      const slot = this.index.get(entry.key)
      if (slot !== undefined && this.judge(slot, false) !== gone) continue
      if (this.adopt(entry)) restored++
    }
    return restored
  }

  /** @internal The entry in `slot` as plain data; undefined when it is gone. */
  describe(slot: number): DumpedEntry<K, V> | undefined {
    const now = this.clock.now()
    const offset = wallTime(this.clock) - now
    const details = this.details?.[slot]
    if (details === undefined) {
      const deadline = this.deadlines[(slot << 1) | 1]!
      return deadline <= now ? undefined : this.#plain(slot, deadline, deadline, offset)
    }
    if (details.state(now) === gone) return undefined
    const rich = details instanceof EntryDetails
    const over = Math.min(details.deadline, rich ? details.over() : details.deadline)
    const tags = rich ? details.tags.map(({ name }) => name) : []
    const staleUntil = rich ? details.deadline + details.staleTtl : details.deadline
    const until = details.idle < never ? details.deadline : over
    return this.#plain(slot, until, staleUntil, offset, details, tags)
  }

  /** @internal Stores plain data with the lifetime that it has left; false when that is over. */
  adopt(
    entry: Omit<DumpedEntry<K, V>, "key" | "value"> & { readonly key: K; readonly value?: V },
  ): boolean {
    const wall = wallTime(this.clock)
    const ttl = (entry.expiresAt ?? never) - wall
    const staleTtl = Math.max(0, (entry.staleUntil ?? 0) - (entry.expiresAt ?? never))
    if (!(ttl + staleTtl > 0)) return false
    const weight = this.weights === undefined ? undefined : entry.weight
    const options = {
      idleTtl: entry.idleTtl ?? never,
      tags: entry.tags ?? [],
      ...(weight === undefined ? {} : { weight }),
    }
    const idleFor = Math.max(0, wall - (entry.usedAt ?? wall))
    const origin = { stamp: this.tags.stamp, loadTime: 0, idleFor }
    const stored = this.storeFor(entry.key, entry.value as V, ttl, staleTtl, options, origin)
    return stored && this.index.has(entry.key)
  }

  /** @internal */
  override store(key: K, value: V, options: EntryOptions = {}): void {
    checkOptions("set", options, entryOptionNames)
    checkTags(options.tags)
    const given = options.ttl === undefined ? this.expiry?.(value, key) : options.ttl
    const ttl = toMilliseconds(given, "ttl", this.ttl)
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
    const { loadTime, stamp, idleFor } = origin ?? { ...made, stamp: this.tags.stamp }
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
    this.putRich(key, value, deadline, weight, details)
    this.watch(details?.due() ?? deadline, now)
    return true
  }

  #invalidate(tag: string, kind: "deleted" | "expired"): void {
    checkTags([tag])
    const now = this.clock.now()
    if (this.tags.invalidate(tag, kind, now)) this.sweeper.arm(now, now)
  }

  #plain(
    slot: number,
    deadline: number,
    staleUntil: number,
    offset: number,
    details?: Details,
    tags: readonly string[] = [],
  ): DumpedEntry<K, V> {
    return {
      key: this.slotKeys[slot]!,
      value: this.slotValues[slot]!,
      ...(deadline < never ? { expiresAt: deadline + offset } : {}),
      ...(staleUntil > deadline ? { staleUntil: Math.min(staleUntil + offset, endOfTime) } : {}),
      ...(details !== undefined && details.idle < never
        ? { idleTtl: details.idle, usedAt: details.used + offset }
        : {}),
      ...(this.weights === undefined ? {} : { weight: this.weights[slot]! }),
      ...(tags.length > 0 ? { tags } : {}),
    }
  }
}

/** What becomes of an error that fails no call and that nobody asked to hear of. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
