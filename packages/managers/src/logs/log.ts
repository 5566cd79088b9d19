import type { FollowedEntry } from "./follow-log.ts"
import type { LogEntry } from "./log-entry.ts"

/** One log, wherever it is kept. */
export interface Log {
  /** Appends whole lines; resolves when they are durable. */
  append(lines: readonly string[]): Promise<void>
  /** Replaces everything by these lines, as one step. */
  replace(lines: readonly string[]): Promise<void>
  /** Every readable entry, writers one after another, each in the order of its appends. */
  entries(): AsyncIterable<LogEntry>
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
