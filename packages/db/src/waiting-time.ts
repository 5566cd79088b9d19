import type { Duration } from "@persist/core"
import { longestTimer, toMilliseconds } from "@persist/core/options"

/** The milliseconds of a duration that a timer waits: what is longer than any timer can wait is 24 days. */
export function waitingTime(duration: Duration, option: string): number {
  return Math.min(toMilliseconds(duration, option), longestTimer)
}
