import { PersistError } from "@persist/atomic/options"
import { describeValue } from "../values/plain.ts"

/** The latest time that a `Date` can hold, in milliseconds since the epoch. */
export const latestTime = 8_640_000_000_000_000

/**
 * The clock of a storage or a manager: the one given, in whole milliseconds, as databases hold them; else the system's.
 * It throws `ERR_PERSIST_INVALID_OPTION` for what is no time.
 */
export function storageClock(given: (() => number) | undefined): () => number {
  if (given === undefined || given === Date.now) return Date.now
  return () => {
    const now = given()
    if (typeof now === "number" && Math.abs(now) <= latestTime) return Math.floor(now)
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `clock returned ${describeValue(now)}; it must return milliseconds since the epoch, as Date.now does.`,
    )
  }
}
