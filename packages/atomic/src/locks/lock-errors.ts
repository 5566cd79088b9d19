import { PersistError } from "../persist-error.ts"
import { identity, thread } from "../processes/identity.ts"
import type { Inspection } from "./inspection.ts"
import { holderOf } from "./lock-record.ts"

/** The error for a wait that took too long. `seen` is undefined when the holder is in this thread. */
export function timeoutError(
  lockFile: string,
  timeout: number,
  seen: Inspection | undefined,
): PersistError {
  const holder = seen?.record === undefined ? undefined : holderOf(seen.record)
  const name =
    seen === undefined
      ? `this very process (${process.pid}, thread ${thread})`
      : holder === undefined
        ? "a holder that left no name"
        : `process ${holder.pid}${sameProcess(seen) ? ", this one," : ""} (thread ${holder.thread}) on ${holder.host} since ${holder.since.toISOString()}`
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `The lock ${lockFile} was not free within ${timeout} ms: it is held by ${name}. Wait longer, or end the holder.`,
    { path: lockFile, details: { holder } },
  )
}

function sameProcess({ record }: Inspection): boolean {
  const self = identity()
  const other = record?.identity
  return other?.pid === self.pid && other.start === self.start && other.space === self.space
}
