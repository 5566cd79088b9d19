import { setTimeout as delay } from "node:timers/promises"
import type { ConformanceClock } from "@persist/core/conformance"

/** Waits that expiry takes; what is longer only the clock of the storage takes part in. */
const longestWait = 10_000

/** A clock for a storage whose server has one of its own: short times pass for both. */
export function serverClock(): ConformanceClock {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    async advance(milliseconds) {
      if (milliseconds <= longestWait) await delay(milliseconds)
      else ahead += milliseconds
    },
  }
}
