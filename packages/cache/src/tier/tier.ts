import { staleTtlOf } from "../dump.ts"
import { type EngineClock, never } from "../engine/clock.ts"
import { Newest } from "../loading/newest.ts"
import { wallTime, within } from "../loading/time.ts"
import { PersistError } from "../persist-error.ts"
import { type Envelope, type Found, isEnvelope, isMark, type Mark, noMark } from "./envelope.ts"
import type { TierSettings } from "./tier-options.ts"
import { isHopeless, type Write, WriteQueue } from "./write-queue.ts"

/** So many loaded values are remembered to have been saved lately. */
const mostBrought = 1_000

/** The second tier of one cache: its failures and delays cost its help, never a call. */
export class Tier<K, V> {
  hits = 0
  misses = 0
  errors = 0
  readonly #settings: TierSettings<K>
  readonly #clock: EngineClock
  readonly #queue: WriteQueue
  readonly #onError: (error: unknown) => void
  /** When the loads began whose values were last saved, by name: another cache's change may be on its way. */
  readonly #brought = new Newest<string, number>(mostBrought)
  /** Tells what this cache has loaded from what others have in the same millisecond. */
  readonly #name: string = crypto.randomUUID().slice(0, 8)
  #lastStamp = 0

  constructor(settings: TierSettings<K>, clock: EngineClock, onError: (error: unknown) => void) {
    this.#settings = settings
    this.#clock = clock
    this.#onError = onError
    const { writeDelay, writeTimeout } = settings
    this.#queue = new WriteQueue(clock, writeDelay, writeTimeout, (error) => this.failed(error))
  }

  /** The envelope of `key`, unless it, one of its tags or everything was deleted since. */
  async load(key: K): Promise<Found<V> | undefined> {
    try {
      const name = this.#settings.nameOf(key)
      const [found, all] = await Promise.all([this.#read(name), this.#mark("*")])
      const envelope = await this.#judge(found, all)
      if (envelope === undefined) this.misses++
      else this.hits++
      return envelope
    } catch (error) {
      this.failed(error)
      return undefined
    }
  }

  /** Saves what was set now, or what a load brought that began at `loadedAt`. */
  save(key: K, value: Omit<Envelope<V>, "savedAt">, done?: Write["done"], loadedAt?: number): void {
    const { store } = this.#settings
    const loaded = loadedAt !== undefined
    const envelope: Envelope<V> = loaded
      ? { ...value, savedAt: loadedAt, loadedBy: this.#name }
      : { ...value, savedAt: this.stamp() }
    this.#add(key, { value: envelope, done, loaded }, async (name) => {
      if (loaded) this.#brought.put(name, loadedAt)
      const until = envelope.staleUntil ?? envelope.expiresAt
      try {
        if (until === undefined || store.supports?.ttl !== true)
          return await store.save(name, envelope)
        const ttl = Math.ceil(until - wallTime(this.#clock))
        return await (ttl > 0 ? store.save(name, envelope, { ttl }) : store.delete(name))
      } catch (error) {
        // What is there under the name is older than what cannot be saved.
        if (isHopeless(error)) await store.delete(name)
        throw error
      }
    })
  }

  delete(key: K, done?: Write["done"], loaded = false): void {
    this.#add(key, { value: undefined, done, loaded }, (name) => this.#settings.store.delete(name))
  }

  /** Another cache has changed `key`: a loaded value is not written any more, or taken out again where it came too late. */
  withdraw(key: K, takenOut: () => void): void {
    try {
      const name = this.#settings.nameOf(key)
      this.#withdraw(name)
      const loadedAt = this.#brought.get(name)?.[1]
      if (loadedAt === undefined) return
      const { store } = this.#settings
      const isOurs = (found: unknown): boolean =>
        isEnvelope(found) && found.loadedBy === this.#name && found.savedAt === loadedAt
      // Also where something that is loaded anew takes the place of this write.
      let told = true
      const run = async (): Promise<void> => {
        told = isOurs(await store.load(name))
        if (told) await store.delete(name)
        if (this.#brought.get(name)?.[1] === loadedAt) this.#brought.delete(name)
      }
      const done = () => {
        if (told) takenOut()
      }
      const sift = (found: unknown): unknown => (isOurs(found) ? undefined : found)
      this.#queue.add(name, { value: undefined, sift, run, done })
    } catch (error) {
      this.failed(error)
    }
  }

  /** Marks a tag, or everything (`"*"`), as invalid from now back; `done` is told when it was deleted, if that was yet to be written. */
  mark(tag: string, kind: "deletedAt" | "expiredAt", done: (deletedAt: number) => void): void {
    const name = this.#markName(tag)
    const at = this.stamp()
    const pending = this.#queue.find(name)?.value
    let mark: Mark = { ...(isMark(pending) ? pending : noMark), [kind]: at }
    const { deletedAt } = mark
    const { store } = this.#settings
    const merge = (stored: unknown): Mark => {
      if (!isMark(stored)) return mark
      mark = {
        ...mark,
        deletedAt: Math.max(mark.deletedAt, stored.deletedAt),
        expiredAt: Math.max(mark.expiredAt, stored.expiredAt),
      }
      return mark
    }
    const run = async (): Promise<void> => {
      if (store.update === undefined) await store.save(name, merge(await store.load(name)))
      else await store.update(name, merge)
    }
    // Others may have marked it later than this cache, whose own mark still waits.
    this.#queue.add(name, { value: mark, sift: merge, run, done: () => done(deletedAt) })
  }

  /** Other caches may have changed anything. */
  missed(): void {
    for (const name of this.#queue.names()) this.#withdraw(name)
  }

  flush(): Promise<void> {
    return this.#queue.flush()
  }

  #withdraw(name: string): void {
    if (this.#queue.withdraw(name)) this.#brought.delete(name)
  }

  #add(key: K, write: Omit<Write, "run">, run: (name: string) => unknown): void {
    try {
      const name = this.#settings.nameOf(key)
      // What was set or removed here since is not withdrawn: it takes the loaded value's place.
      if (!write.loaded) this.#brought.delete(name)
      this.#queue.add(name, { ...write, run: () => run(name) })
    } catch (error) {
      this.failed(error)
    }
  }

  async #judge(found: unknown, all: Mark): Promise<Found<V> | undefined> {
    if (found === undefined || found === null || isMark(found)) return undefined
    const now = wallTime(this.#clock)
    if (!isEnvelope(found)) {
      return { format: "persist-cache-1", value: found as V, savedAt: now, foreign: true }
    }
    const envelope = found as Envelope<V>
    if (envelope.savedAt <= all.deletedAt) return undefined
    const staleTtl = staleTtlOf(envelope)
    let { expiresAt = never } = envelope
    for (const mark of await Promise.all(
      (envelope.tags ?? []).map((tag) => this.#mark(`:${tag}`)),
    )) {
      if (envelope.savedAt <= mark.deletedAt) return undefined
      // Stamps may be ahead of the time.
      if (envelope.savedAt <= mark.expiredAt) expiresAt = Math.min(expiresAt, mark.expiredAt, now)
    }
    if (expiresAt + staleTtl <= now) return undefined
    if (expiresAt === never) return envelope
    return { ...envelope, expiresAt, staleUntil: expiresAt + staleTtl }
  }

  async #mark(tag: string): Promise<Mark> {
    const mark = await this.#read(this.#markName(tag))
    return isMark(mark) ? mark : noMark
  }

  #markName(tag: string): string {
    // Half a surrogate pair cannot be encoded, but escaped as JSON does it.
    const text = tag.isWellFormed() ? tag : JSON.stringify(tag)
    return `${this.#settings.prefix}#mark${encodeURIComponent(text)}`
  }

  /** A write that is still under way is what its reader must see. */
  async #read(name: string): Promise<unknown> {
    const pending = this.#queue.find(name)
    if (pending !== undefined && pending.sift === undefined) return pending.value
    const { store, timeout } = this.#settings
    const found = await within(this.#clock, timeout, store.load(name), () => {
      const message = `The tier did not answer for ${name} within ${timeout} ms.`
      return new PersistError("ERR_PERSIST_TIMEOUT", message, { key: name })
    })
    return pending?.sift === undefined ? found : pending.sift(found)
  }

  /** Now, but later than every stamp before, so that what follows a mark is not covered by it. */
  stamp(): number {
    this.#lastStamp = Math.max(wallTime(this.#clock), this.#lastStamp + 0.001)
    return this.#lastStamp
  }

  /** Counts what fails no call, and tells it. */
  failed(error: unknown): void {
    this.errors++
    this.#onError(error)
  }
}
