/** The obvious cache: an array, oldest first, searched from end to end. */
export interface NaiveEntry {
  readonly key: unknown
  value: unknown
  deadline: number
  idle: number
  used: number
  staleTtl: number
  weight: number
  tags: readonly string[]
  made: number
}

export interface NaiveOptions {
  readonly maxSize: number
  readonly maxWeight: number
  readonly weighted: boolean
  readonly defaultTtl: number
  readonly idleTtl: number
}

export interface NaiveSet {
  readonly ttl?: number
  readonly idleTtl?: number
  readonly staleTtl?: number
  readonly weight?: number
  readonly tags?: readonly string[]
}

type State = "fresh" | "stale" | "gone"

export class NaiveCache {
  now = 0
  entries: NaiveEntry[] = []
  hits = 0
  misses = 0
  sets = 0
  evictions = 0
  expirations = 0
  events: [key: unknown, value: unknown, reason: string][] = []
  readonly options: NaiveOptions
  readonly #deleted = new Map<string, number>()
  readonly #expired = new Map<string, { step: number; at: number }>()
  #step = 0

  constructor(options: NaiveOptions) {
    this.options = options
  }

  get(key: unknown): NaiveEntry | undefined {
    const entry = this.#judge(key)
    if (entry === undefined || this.#state(entry) !== "fresh") {
      this.misses++
      return undefined
    }
    this.hits++
    entry.used = this.now
    this.#toEnd(entry)
    return entry
  }

  peek(key: unknown): NaiveEntry | undefined {
    const entry = this.#judge(key)
    return entry !== undefined && this.#state(entry) === "fresh" ? entry : undefined
  }

  set(key: unknown, value: unknown, given: NaiveSet): void {
    const { maxSize, maxWeight, weighted, defaultTtl, idleTtl } = this.options
    this.sets++
    const weight = weighted ? (given.weight ?? 1) : 0
    const old = this.entries.find((entry) => Object.is(entry.key, key))
    const lasts =
      Math.min(given.ttl ?? defaultTtl, given.idleTtl ?? idleTtl) + (given.staleTtl ?? 0)
    if (lasts === 0 || weight > maxWeight) {
      if (old !== undefined) this.#replace(old, value)
      this.events.push([key, value, lasts === 0 ? "expired" : "evicted"])
      if (lasts === 0) this.expirations++
      else this.evictions++
      return
    }
    const entry: NaiveEntry = {
      key,
      value,
      deadline: this.now + (given.ttl ?? defaultTtl),
      idle: given.idleTtl ?? idleTtl,
      used: this.now,
      staleTtl: given.staleTtl ?? 0,
      weight,
      tags: given.tags ?? [],
      made: this.#step,
    }
    if (old !== undefined) this.#replace(old, value)
    else {
      while (this.weight() + weight > maxWeight) this.#evict()
      if (this.entries.length >= maxSize) this.#evict()
    }
    this.entries.push(entry)
    while (this.weight() > maxWeight) this.#evict()
  }

  delete(key: unknown): boolean {
    const entry = this.#judge(key)
    if (entry === undefined) return false
    const fresh = this.#state(entry) === "fresh"
    this.#remove(entry, "deleted")
    return fresh
  }

  expire(key: unknown): boolean {
    const entry = this.peek(key)
    if (entry === undefined) return false
    if (entry.staleTtl > 0) entry.deadline = Math.min(entry.deadline, this.now)
    else {
      this.expirations++
      this.#remove(entry, "expired")
    }
    return true
  }

  clear(): void {
    for (const entry of this.entries.toReversed()) {
      this.events.push([entry.key, entry.value, "cleared"])
    }
    this.entries = []
  }

  deleteTag(tag: string): void {
    this.#deleted.set(tag, ++this.#step)
  }

  expireTag(tag: string): void {
    this.#expired.set(tag, { step: ++this.#step, at: this.now })
  }

  prune(): number {
    const over = this.entries.filter((entry) => this.#state(entry) === "gone")
    for (const entry of over) this.#drop(entry)
    return over.length
  }

  weight(): number {
    return this.entries.reduce((sum, entry) => sum + entry.weight, 0)
  }

  /** Most recently used first. */
  fresh(): NaiveEntry[] {
    for (const entry of this.entries.toReversed()) this.#judge(entry.key)
    return this.entries.toReversed().filter((entry) => this.#state(entry) === "fresh")
  }

  #judge(key: unknown): NaiveEntry | undefined {
    const entry = this.entries.find((each) => Object.is(each.key, key))
    if (entry === undefined || this.#state(entry) !== "gone") return entry
    this.#drop(entry)
    return undefined
  }

  #state(entry: NaiveEntry): State {
    if (entry.tags.some((tag) => (this.#deleted.get(tag) ?? 0) > entry.made)) return "gone"
    const over = this.#over(entry)
    if (this.now < over) return "fresh"
    return this.now < over + entry.staleTtl ? "stale" : "gone"
  }

  #over(entry: NaiveEntry): number {
    let over = Math.min(entry.deadline, entry.used + entry.idle)
    for (const tag of entry.tags) {
      const expired = this.#expired.get(tag)
      if (expired !== undefined && expired.step > entry.made) over = Math.min(over, expired.at)
    }
    return over
  }

  #drop(entry: NaiveEntry): void {
    this.expirations++
    const invalidated = entry.tags.some(
      (tag) =>
        (this.#deleted.get(tag) ?? 0) > entry.made ||
        (this.#expired.get(tag)?.step ?? 0) > entry.made,
    )
    this.#remove(entry, invalidated ? "invalidated" : "expired")
  }

  #evict(): void {
    this.evictions++
    this.#remove(this.entries[0]!, "evicted")
  }

  /** A value that is stored once more stays. */
  #replace(entry: NaiveEntry, value: unknown): void {
    this.#remove(entry, "replaced")
    if (entry.value === value) this.events.pop()
  }

  #remove(entry: NaiveEntry, reason: string): void {
    this.entries.splice(this.entries.indexOf(entry), 1)
    this.events.push([entry.key, entry.value, reason])
  }

  #toEnd(entry: NaiveEntry): void {
    this.entries.splice(this.entries.indexOf(entry), 1)
    this.entries.push(entry)
  }
}
