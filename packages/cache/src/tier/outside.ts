import { adopt, describe } from "../dump.ts"
import { never } from "../engine/clock.ts"
import type { EntryCache } from "../entry-cache.ts"
import type { Flight } from "../loading/flight.ts"
import { wallTime } from "../loading/time.ts"
import { invalidOption, toMilliseconds } from "../options.ts"
import type { CacheStorageOptions } from "../storage-options.ts"
import { BusEnd, type BusMessage } from "./bus.ts"
import { Tier } from "./tier.ts"
import { readTierOptions } from "./tier-options.ts"
import type { Write } from "./write-queue.ts"

/** What is beyond one cache's memory, and the memory that messages from there concern. */
export interface Inside<K, V> extends EntryCache<K, V> {
  /** Does in memory alone what another cache did; `missed` is everything that may have been done. */
  hear(kind: BusMessage["kind"] | "missed", name?: unknown): void
  /** The value of a fresh entry, uncounted, in an array; none when there is none. */
  current(key: K): readonly [V] | undefined
}

/** The tier and the bus of one cache. What changes goes to the tier first, so that whoever hears of it finds it there. */
export class Outside<K, V> {
  readonly tier: Tier<K, V> | undefined
  readonly #inside: Inside<K, V>
  readonly #bus: BusEnd | undefined

  constructor(
    inside: Inside<K, V>,
    options: Pick<CacheStorageOptions<K, V>, "tier" | "bus">,
    onError: (error: unknown) => void,
  ) {
    this.#inside = inside
    const { tier, bus } = options
    if (tier !== undefined) this.tier = new Tier<K, V>(readTierOptions(tier), inside.clock, onError)
    if (bus === undefined) return
    if (typeof bus?.publish !== "function" || typeof bus.subscribe !== "function") {
      throw invalidOption("bus", bus, "an object with publish and subscribe")
    }
    this.#bus = new BusEnd(
      bus,
      ({ kind, name }) => inside.hear(kind, name),
      () => {
        inside.hear("missed")
        this.tier?.missed()
      },
      onError,
    )
  }

  /** The memory holds something else under `key` now, or nothing. */
  changed(key: K): void {
    const done = (crossed?: boolean) => {
      this.#bus?.publish("key", key)
      // Which of the two the tier has, it alone knows: memory may have taken this one back while it was on its way.
      if (crossed) this.#inside.hear("key", key)
    }
    if (this.tier === undefined) done()
    else if (!this.#save(key, done)) this.tier.delete(key, done)
  }

  /** A load has brought a value; other caches need not drop theirs, and what was invalidated since it began covers it. */
  loaded({ key, tierStamp, anew }: Flight<K, V>): void {
    // What it has renewed and memory does not keep is out of date all the same.
    if (!this.#save(key, undefined, tierStamp) && anew) this.tier?.delete(key, undefined, true)
  }

  /** Another cache has changed `key`: what a load has brought meanwhile must not be written over that. */
  withdraw(key: K): void {
    // Others may have found it there meanwhile.
    this.tier?.withdraw(key, () => this.#bus?.publish("key", key))
  }

  cleared(): void {
    this.#mark("*", "deletedAt", () => this.#bus?.publish("clear"))
  }

  invalidated(tag: string, kind: "deleteTag" | "expireTag"): void {
    const what = kind === "deleteTag" ? "deletedAt" : "expiredAt"
    this.#mark(`:${tag}`, what, (deletedAt) => {
      // It was deleted while this cache had yet to write that, and is told of both at once.
      if (deletedAt > 0 && kind === "expireTag") this.#bus?.publish("deleteTag", tag)
      this.#bus?.publish(kind, tag)
    })
  }

  /** Takes the value of a load under way from the tier, with the lifetime that it has left. */
  async find(flight: Flight<K, V>): Promise<{ readonly value: V } | undefined> {
    const { key } = flight
    const { tags } = this.#inside
    let envelope: Awaited<ReturnType<Tier<K, V>["load"]>>
    let stamp: number
    flight.looking = true
    do {
      flight.lookAgain = false
      // What is invalidated from now on, the tier may tell too late.
      stamp = tags.stamp
      envelope = await this.tier?.load(key)
    } while (flight.lookAgain)
    flight.looking = false
    if (envelope === undefined || flight.overtaken) return undefined
    try {
      const lifetime = envelope.foreign && this.#lifetime(key, envelope.value as V)
      if (!adopt(this.#inside, { ...envelope, ...lifetime, key }, stamp)) return undefined
    } catch (error) {
      this.tier?.failed(error)
      return undefined
    }
    const found = this.#inside.current(key)
    return found && { value: found[0] }
  }

  async close(): Promise<void> {
    await this.#bus?.close()
  }

  /** What the tier has by now, for one caller alone: memory does not take it, as something may be overtaking it, too. */
  async look(key: K): Promise<{ readonly value: V } | undefined> {
    const envelope = await this.tier?.load(key)
    if (envelope === undefined) return undefined
    const { expiresAt = never, value } = envelope
    return wallTime(this.#inside.clock) < expiresAt ? { value: value as V } : undefined
  }

  /** What memory gives to a value that somebody else has saved without a lifetime. */
  #lifetime(key: K, value: V): { readonly expiresAt: number; readonly idleTtl: number } {
    const { clock, expiry, ttl, idleTtl } = this.#inside
    const lifetime = toMilliseconds(expiry?.(value, key), "ttl", ttl)
    return { expiresAt: wallTime(clock) + lifetime, idleTtl }
  }

  #mark(tag: string, kind: "deletedAt" | "expiredAt", done: (deletedAt: number) => void): void {
    if (this.tier === undefined) done(0)
    else this.tier.mark(tag, kind, done)
  }

  #save(key: K, done?: Write["done"], loadedAt?: number): boolean {
    const slot = this.#inside.index.get(key)
    const entry = slot === undefined ? undefined : describe(this.#inside, slot)
    if (entry === undefined) return false
    // To be found there is a use.
    const { key: _, usedAt: __, value, ...rest } = entry
    const content = value === undefined ? rest : { ...rest, value }
    this.tier?.save(key, { format: "persist-cache-1", ...content }, done, loadedAt)
    return true
  }
}
