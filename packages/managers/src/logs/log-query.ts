import { entryTime, type LogEntry, levelWeight } from "./log-entry.ts"

/** Which entries `read` returns. */
export interface LogQuery {
  /** Entries of this level or above; those without a level do not match. @default every entry */
  readonly level?: string | number | undefined
  /** Entries at or after this time. @default the beginning */
  readonly from?: Date | string | number | undefined
  /** Entries before this time. @default the end */
  readonly to?: Date | string | number | undefined
}

/** Makes the test that `query` describes. */
export function logMatcher(query: LogQuery): (entry: LogEntry) => boolean {
  const lowest = query.level === undefined ? undefined : levelWeight(query.level)
  const from = query.from === undefined ? undefined : new Date(query.from).getTime()
  const to = query.to === undefined ? undefined : new Date(query.to).getTime()
  return (entry) => {
    if (lowest !== undefined && !(levelWeight(entry.level) >= lowest)) return false
    if (from === undefined && to === undefined) return true
    const time = entryTime(entry)
    return (from === undefined || time >= from) && (to === undefined || time < to)
  }
}
