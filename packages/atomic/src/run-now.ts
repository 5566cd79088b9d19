import { PersistError } from "./persist-error.ts"

/**
 * Runs what a caller wants done in one particular moment.
 *
 * @throws What it throws; `ERR_PERSIST_INVALID_OPTION` when it returns a promise, which would come too late.
 */
export function runNow(option: string, work: () => unknown): void {
  const answer = work() as Partial<PromiseLike<unknown>> | undefined | null
  if (typeof answer?.then !== "function") return
  // Nobody else hears of its failure.
  Promise.resolve(answer).catch(() => {})
  throw new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `${option} returned a promise, but it must decide at once; do what waits before the call.`,
  )
}
