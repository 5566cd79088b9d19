import { never } from "../engine/clock.ts"
import { Details, fresh, gone, stale } from "../engine/details.ts"
import type { RemovalReason } from "../engine/removals.ts"
import type { Tag, Tags } from "./tag.ts"

/** What an entry may have beyond a value and a lifetime. */
export interface EntryTraits {
  readonly deadline: number
  readonly idle: number
  readonly staleTtl: number
  readonly tags: readonly Tag[]
  /** The tags' stamp when the value was made. */
  readonly stamp: number
  /** Milliseconds that making the value took; 0 when it was given. */
  readonly loadTime: number
}

/** Details of entries that have tags, may be served stale, or know what their load cost. */
export class EntryDetails extends Details {
  readonly staleTtl: number
  readonly tags: readonly Tag[]
  readonly loadTime: number
  readonly #stamp: number
  readonly #tags: Tags

  constructor(traits: EntryTraits, now: number, tags: Tags) {
    super(traits.deadline, traits.idle, now)
    this.staleTtl = traits.staleTtl
    this.tags = traits.tags
    this.loadTime = traits.loadTime
    this.#stamp = traits.stamp
    this.#tags = tags
    tags.retain(traits.tags)
  }

  override state(now: number): number {
    if (now < this.over()) return fresh
    return now < this.due() ? stale : gone
  }

  override over(): number {
    return this.#deleted() ? -never : Math.min(this.ends(), super.over())
  }

  /** When it does however much it is used. */
  ends(): number {
    let ends = this.deadline
    for (const tag of this.tags) {
      if (tag.expired > this.#stamp) ends = Math.min(ends, tag.expiredAt)
    }
    return ends
  }

  override due(): number {
    return this.#deleted() ? -never : this.over() + this.staleTtl
  }

  /** Ends freshness at `now`, if nothing but use could bring it back; the value stays as long as it may be served stale. */
  expire(now: number): void {
    if (now < this.ends()) this.deadline = Math.min(super.over(), now)
  }

  override reason(): RemovalReason {
    return this.#deleted() || this.tags.some((tag) => tag.expired > this.#stamp)
      ? "invalidated"
      : "expired"
  }

  override dropped(): void {
    this.#tags.release(this.tags)
  }

  #deleted(): boolean {
    for (const tag of this.tags) if (tag.deleted > this.#stamp) return true
    return false
  }
}
