import type { Candidate } from "./candidate.ts"
import type { Inspection } from "./inspection.ts"

/** How many signs of life a holder may miss. */
export const missedHeartbeats = 5

// A lock file that says nothing about its holder is given as long as a usual one.
const usualHeartbeat = 2_000

// Whoever looks less often than this (milliseconds) and than the heartbeat has slept, or was stopped.
const longestGap = 500

/**
 * Watches a holder that cannot be seen. It counts as gone when its last sign of life is long past by the clock
 * of the file system, *and* it gave none while we watched: a machine that just woke up gets its chance. Watching
 * long enough does it alone, should the clock have been set back.
 */
export class Vigil {
  #token: string | undefined
  #lastSign: bigint | undefined
  #watchedSince = 0
  #lastLook = 0

  /** Tells whether the holder that `seen` shows has lost its lock. */
  isOver(seen: Inspection, candidate: Candidate): boolean {
    const { record, facts } = seen
    const token = record?.token ?? `inode ${facts.ino}`
    // Monotonic, and on Linux standing still while the machine sleeps.
    const now = performance.now()
    const heartbeat = record?.heartbeat ?? usualHeartbeat
    const slept = now - this.#lastLook > Math.max(heartbeat, longestGap)
    this.#lastLook = now
    if (slept || token !== this.#token || facts.mtimeNs !== this.#lastSign) {
      this.#token = token
      this.#lastSign = facts.mtimeNs
      this.#watchedSince = now
      return false
    }
    const watched = now - this.#watchedSince
    if (watched < heartbeat * 2) return false
    if (watched > heartbeat * missedHeartbeats) return true
    const silence = Number(candidate.now() - facts.mtimeNs) / 1e6
    return silence > heartbeat * missedHeartbeats
  }
}
