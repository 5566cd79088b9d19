import { PersistError } from "@persist/core"
import { isError } from "@persist/core/options"
import { isRefusal, isUnwritable } from "./server-errors.ts"

/** How messages name an operation on a key, or on everything. */
export function described(operation: string, key: string): string {
  return key === "" ? `The ${operation}` : `The ${operation} of ${JSON.stringify(key)}`
}

/** No connection in time, and nothing was sent. */
export function unreachable(
  what: string,
  key: string,
  timeout: number,
  cause: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_CONNECTION",
    `${what} could not reach the server within ${timeout} ms (${reasonOf(cause)}); nothing was done. Look whether it runs and whether the address is right.`,
    { cause, ...(key !== "" && { key }) },
  )
}

/** A question that was not answered in time. */
export function unanswered(
  what: string,
  key: string,
  timeout: number,
  cause: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_TIMEOUT",
    `${what} was not answered within ${timeout} ms (${reasonOf(cause)}). Try again, or raise "timeout".`,
    { cause, ...(key !== "" && { key }) },
  )
}

/** A write that may or may not have been done. */
export function indeterminate(
  what: string,
  key: string,
  why: string,
  cause: unknown,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_INDETERMINATE",
    `${what} may or may not have been done: ${why} (${reasonOf(cause)}). Look at the value before doing it again.`,
    { cause, ...(key !== "" && { key }) },
  )
}

/** The error for certificates that one side does not trust, if `error` says that (Node's manual, "X509 certificate error codes"). */
export function untrusted(address: string, error: unknown): PersistError | undefined {
  const code = distrustIn(error)
  if (code === undefined) return undefined
  // An alert is what the other side says of us.
  const [what, advice] = code.includes("ALERT")
    ? ["wants another certificate of us", 'Give a "client" whose socket has "cert" and "key"']
    : [
        "cannot prove who it is",
        'Make its authority known by NODE_EXTRA_CA_CERTS, or give a "client" whose socket has "ca"; and use a host name that its certificate has',
      ]
  const message = `${address} ${what} (${reasonOf(error)}); nothing was done. ${advice}.`
  return new PersistError("ERR_PERSIST_CONNECTION", message, { cause: error })
}

/** Whether an error means that the server refuses us, or we it, and would again. */
export function isLasting(error: unknown): boolean {
  if (!PersistError.is(error, "ERR_PERSIST_CONNECTION")) return false
  return isRefusal(error.cause) || distrustIn(error.cause) !== undefined
}

/** Whether an error means that the server is away or takes no writes, and may come back; not that it refuses us. */
export function isAway(error: unknown): boolean {
  return (
    PersistError.is(error, "ERR_PERSIST_TIMEOUT") ||
    (PersistError.is(error, "ERR_PERSIST_CONNECTION") && !isRefusal(error.cause)) ||
    (PersistError.is(error, "ERR_PERSIST_IO") && isUnwritable(error.cause))
  )
}

/** The code of an error that says that one side does not trust the other. */
function distrustIn(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ""
  const pattern = /CERT|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|UNKNOWN_CA/
  return pattern.test(code) ? code : undefined
}

/** The innermost reason, as far as it says anything. */
function reasonOf(cause: unknown): string {
  let reason = cause
  while (isError(reason) && isError(reason.cause)) reason = reason.cause
  if (!isError(reason)) return "no reason was given"
  const { code } = reason as NodeJS.ErrnoException
  return reason.message.trim() || code || reason.name
}
