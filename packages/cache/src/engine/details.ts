import type { RemovalReason } from "./removals.ts"

/** Whether an entry may be served: gone, only as a stale stand-in, or as it is. */
export const gone = 0
export const stale = 1
export const fresh = 2

/** What only some entries need; they carry `-Infinity` as deadline in their record. */
export class Details {
  /** When the entry expires whether it is used or not; `Infinity` is never. */
  deadline: number
  /** Milliseconds without a read after which the entry expires; `Infinity` is never. */
  readonly idle: number
  /** Time of the last read or write. */
  used: number

  constructor(deadline: number, idle: number, now: number) {
    this.deadline = deadline
    this.idle = idle
    this.used = now
  }

  state(now: number): number {
    return now < this.over() ? fresh : gone
  }

  /** When the entry stops being fresh unless it is read before. */
  over(): number {
    return Math.min(this.deadline, this.used + this.idle)
  }

  /** When it is gone then. */
  due(): number {
    return this.over()
  }

  /** Why the entry is gone. */
  reason(): RemovalReason {
    return "expired"
  }

  /** The entry has left the cache. */
  dropped(): void {}
}
