import { CoreCache } from "./core-cache.ts"
import { type Details, fresh } from "./engine/details.ts"
import type { RemovalReason, Removals } from "./engine/removals.ts"
import type { EntryOptions } from "./storage-options.ts"

/** A cache whose entries may have more than a deadline, and whose removals may be listened to. */
export class DetailedCache<K, V> extends CoreCache<K, V, EntryOptions> {
  /** @internal */
  removals: Removals<K, V> | undefined
  /** @internal */
  details: (Details | undefined)[] | undefined

  override clear(): void {
    for (const slot of this.removals === undefined ? this.index.values() : this.policy.order()) {
      this.leaves(slot, "cleared")
    }
    this.details = undefined
    super.clear()
    this.deliver()
  }

  /** @internal */
  override dueOf(slot: number): number {
    return this.details?.[slot]?.due() ?? super.dueOf(slot)
  }

  /** @internal */
  override stateOf(slot: number, now: number, use: boolean): number {
    const details = this.details?.[slot]
    if (details === undefined) return super.stateOf(slot, now)
    const state = details.state(now)
    if (use && state === fresh) details.used = now
    return state
  }

  /** @internal */
  override leaves(slot: number, reason: RemovalReason): void {
    const details = this.details?.[slot]
    const why = reason === "expired" && details !== undefined ? details.reason() : reason
    this.removals?.add(this.slotKeys[slot]!, this.slotValues[slot]!, why)
    if (details === undefined) return
    details.dropped()
    this.details![slot] = undefined
  }

  /** @internal */
  override attach(slot: number, details: Details | undefined, key: K, value: V): void {
    if (slot === 0) {
      details?.dropped()
      this.removals?.add(key, value, "evicted")
      return
    }
    this.rich = true
    this.settle()
    this.details ??= []
    if (slot >= this.details.length) this.details.length = this.capacity
    this.details[slot] = details
  }

  /** @internal */
  override deliver(): void {
    this.removals?.deliver()
  }
}
