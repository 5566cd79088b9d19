/** `work`, or the reason of `signal` when that comes first; the work goes on then. */
export function raced<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener("abort", abort, { once: true })
    if (signal.aborted) abort()
    const done = () => signal.removeEventListener("abort", abort)
    work.finally(done).then(resolve, reject)
  })
}
