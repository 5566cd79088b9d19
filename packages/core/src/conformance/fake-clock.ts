import type { ConformanceClock } from "./target.ts"

/** A clock that stands still until it is moved. */
export function fakeClock(): ConformanceClock {
  let time = Date.UTC(2026, 0, 1)
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds
    },
  }
}
