import type { FollowedEntry } from "./follow-log.ts"
import type { LogEntry } from "./log-entry.ts"

/** Somebody replaced or deleted the log while it was read: what is left of it is neither the old one nor the new one. */
export class LogReplaced extends Error {}

/** One log, wherever it is kept. */
export interface Log {
  /** Appends one or several whole lines (the last without its line break); resolves when they are durable. */
  append(lines: string): Promise<void>
  /** Replaces everything by these lines, as one step. */
  replace(lines: readonly string[]): Promise<void>
  /** Every readable entry by time, those of one writer in the order of its appends. @throws LogReplaced */
  entries(): AsyncIterable<LogEntry>
  /** The last `count` of the entries that match; undefined where only reading all of them tells. */
  last?(
    count: number,
    matches: (entry: LogEntry) => boolean,
  ): Promise<readonly LogEntry[] | undefined>
  /** The entries behind `cursor`, and then those that come. */
  follow(
    cursor: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<FollowedEntry, void, undefined>
  exists(): Promise<boolean>
  /** @returns Whether there was one. */
  delete(): Promise<boolean>
  close(): Promise<void>
}
