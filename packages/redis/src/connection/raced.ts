import { whenAborted } from "@persist/core/options"

/** `work`, or the reason of `signal` when that comes first; the work goes on then. */
export function raced<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    const stop = whenAborted(signal, () => reject(signal.reason))
    work.finally(stop).then(resolve, reject)
  })
}
