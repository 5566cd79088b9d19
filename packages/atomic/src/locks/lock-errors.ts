import { PersistError } from "../persist-error.ts"
import { identity, thread } from "../processes/identity.ts"
import type { Inspection } from "./inspection.ts"
import { holderOf, type LockRecord } from "./lock-record.ts"

/** The error for a wait that took too long; `seen` is the holder. */
export function timeoutError(
  lockFile: string,
  timeout: number,
  seen: Inspection | "this thread" | undefined,
): PersistError {
  const record = typeof seen === "object" ? seen.record : undefined
  const holder = record && holderOf(record)
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `The lock ${lockFile} was not free within ${Math.ceil(timeout)} ms: it is held by ${nameOf(seen)}. Wait longer, or end the holder.`,
    { path: lockFile, details: { holder, isThisThread: isThisThread(seen) } },
  )
}

function nameOf(seen: Inspection | "this thread" | undefined): string {
  if (seen === "this thread") return `this very process (${process.pid}, thread ${thread()})`
  if (seen === undefined) return "ever changing holders"
  if (seen.record === undefined) return "a holder that left no name"
  const { pid, thread: number, host, since } = holderOf(seen.record)
  const self = isThisProcess(seen.record) ? ", this one," : ""
  return `process ${pid}${self} (thread ${number}) on ${host} since ${since.toISOString()}`
}

function isThisThread(seen: Inspection | "this thread" | undefined): boolean {
  if (typeof seen !== "object") return seen === "this thread"
  return seen.record?.thread === thread() && isThisProcess(seen.record)
}

function isThisProcess({ identity: other }: LockRecord): boolean {
  const self = identity()
  return other.pid === self.pid && other.start === self.start && other.space === self.space
}
