import { type Duration, PersistError } from "@persist/core"
import { invalidOption, kinds, valuesCheck } from "@persist/core/options"
import type { IsolationLevel } from "kysely"
import { waitingTime } from "../waiting-time.ts"

/** Options of `getSession`. Of one inside another session `readOnly`, `mode` and `retries` mean nothing: it is a part of that. */
export interface SessionOptions {
  /** Names the session in errors and statistics. @default "a session" */
  readonly name?: string | undefined
  /** Isolation from other sessions. SQLite is always serializable. Refused inside another session. @default the database's own */
  readonly isolationLevel?: IsolationLevel | undefined
  /** The session only reads; on SQLite it then runs beside the one that writes. @default false */
  readonly readOnly?: boolean | undefined
  /** SQLite only: when the write lock is taken. @default "immediate" */
  readonly mode?: "immediate" | "deferred" | "exclusive" | undefined
  /**
   * How often the whole work is run again after `ERR_PERSIST_BUSY` or `ERR_PERSIST_SERIALIZATION`.
   * Set it only for work that may run more than once. @default 0
   */
  readonly retries?: number | undefined
  /** Rolls back and rejects with `ERR_PERSIST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
  /** Longest time from begin to commit; then it rolls back with `ERR_PERSIST_TIMEOUT`. @default none */
  readonly timeout?: Duration | undefined
}

/** Session options with defaults applied. */
export interface SessionSettings {
  readonly name: string
  readonly isolationLevel: IsolationLevel | undefined
  readonly readOnly: boolean
  readonly mode: "immediate" | "deferred" | "exclusive"
  readonly retries: number
  /** Whether `ERR_PERSIST_BUSY` is a reason for that, too: who met it has waited for a lock as long as was allowed. */
  readonly retriesBusy: boolean
  readonly signal: AbortSignal | undefined
  /** Milliseconds. */
  readonly timeout: number | undefined
  /** Whether the closing of the database waits for its end, instead of rolling it back. */
  readonly isAwaited: boolean
}

const check = valuesCheck<SessionOptions>("getSession", {
  name: kinds.text,
  isolationLevel: kinds.anything,
  readOnly: kinds.flag,
  mode: kinds.anything,
  retries: kinds.anything,
  signal: kinds.signal,
  timeout: kinds.anything,
})

const levels: readonly unknown[] = [
  undefined,
  "read uncommitted",
  "read committed",
  "repeatable read",
  "serializable",
  "snapshot",
]
const modes: readonly unknown[] = ["immediate", "deferred", "exclusive"]

/** @throws `ERR_PERSIST_INVALID_OPTION` */
export function readSessionOptions(options: SessionOptions | undefined): SessionSettings {
  return options === undefined ? defaults : read(options)
}

function read(options: SessionOptions): SessionSettings {
  check(options)
  const { retries = 0, isolationLevel, mode = "immediate", timeout, name, signal } = options
  if (!Number.isInteger(retries) || retries < 0) {
    throw invalidOption("retries", retries, "whole numbers from 0")
  }
  if (!levels.includes(isolationLevel)) {
    throw invalidOption("isolationLevel", isolationLevel, levels.slice(1).join(", "))
  }
  if (!modes.includes(mode)) throw invalidOption("mode", mode, modes.join(", "))
  return {
    name: name === undefined ? "a session" : `session "${name}"`,
    isolationLevel,
    readOnly: options.readOnly ?? false,
    mode,
    retries,
    retriesBusy: true,
    signal,
    timeout: timeout === undefined ? undefined : waitingTime(timeout, "timeout"),
    isAwaited: false,
  }
}

const defaults = read({})

/** Whether running the same work again may succeed. */
export function isRetryable(
  error: unknown,
  { retriesBusy }: Pick<SessionSettings, "retriesBusy">,
): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_SERIALIZATION") ||
    (retriesBusy && PersistError.is(error, "ERR_PERSIST_BUSY"))
  )
}
