import { abortedError } from "@persist/atomic/options"
import { whenAborted } from "@persist/atomic/waiting"

/** What `work` resolves to, or `ERR_PERSIST_ABORTED` when `signal` comes first; the work goes on then, for nobody. */
export function unlessAborted<T>(
  work: PromiseLike<T>,
  signal: AbortSignal,
  what: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal, what))
    const stop = whenAborted(signal, abort)
    Promise.resolve(work).then(resolve, reject).then(stop)
    if (signal.aborted) abort()
  })
}
