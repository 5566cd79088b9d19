/** A label on entries. Stamps are numbers that grow with every invalidation of any tag. */
export class Tag {
  readonly name: string
  /** Entries that carry it. */
  entries = 0
  /** Stamp of the last `deleteTag`: entries with a lower stamp are gone. */
  deleted = 0
  /** Stamp and time of the last `expireTag`: entries with a lower stamp expired then. */
  expired = 0
  expiredAt = 0

  constructor(name: string) {
    this.name = name
  }
}

/**
 * The tags in use. Invalidating one writes its stamp and nothing else, whatever number of entries
 * carry it; each entry compares stamps when it is looked at.
 */
export class Tags {
  /** The stamp that new entries carry. */
  stamp = 0
  /** Every tag that entries carry, and those that are loose. */
  readonly #tags = new Map<string, Tag>()
  /** Loads under way, which may yet store an entry under a tag that nothing carries now. */
  #loads = 0
  /** Tags that only loads under way may still need. */
  readonly #loose = new Set<Tag>()

  get(names: readonly string[]): readonly Tag[] {
    return [...new Set(names)].map((name) => this.#get(name))
  }

  /** Invalidates `name`; returns whether any entry can be concerned. */
  invalidate(name: string, kind: "deleted" | "expired", now: number): boolean {
    const tag = this.#loads > 0 ? this.#get(name) : this.#tags.get(name)
    if (tag === undefined) return false
    tag[kind] = ++this.stamp
    if (kind === "expired") tag.expiredAt = now
    return tag.entries > 0
  }

  /** Whether one of the tags was invalidated since, as far as loads under way are concerned. */
  invalidatedSince(stamp: number, names: readonly string[]): boolean {
    if (this.stamp === stamp) return false
    return names.some((name) => {
      const tag = this.#tags.get(name)
      return tag !== undefined && Math.max(tag.deleted, tag.expired) > stamp
    })
  }

  retain(tags: readonly Tag[]): void {
    for (const tag of tags) tag.entries++
  }

  release(tags: readonly Tag[]): void {
    for (const tag of tags) {
      if (--tag.entries > 0) continue
      if (this.#loads === 0) this.#tags.delete(tag.name)
      else this.#loose.add(tag)
    }
  }

  loadBegins(): void {
    this.#loads++
  }

  loadEnds(): void {
    if (--this.#loads > 0) return
    for (const tag of this.#loose) if (tag.entries === 0) this.#tags.delete(tag.name)
    this.#loose.clear()
  }

  #get(name: string): Tag {
    let tag = this.#tags.get(name)
    if (tag === undefined) {
      tag = new Tag(name)
      this.#tags.set(name, tag)
      if (this.#loads > 0) this.#loose.add(tag)
    }
    return tag
  }
}
