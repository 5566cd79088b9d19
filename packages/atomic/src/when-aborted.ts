interface Waiting {
  readonly acts: Set<() => void>
  readonly onAbort: () => void
}

/** What waits for each signal. */
const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls `act`, a function of this call's own that throws nothing, when `signal` is aborted; not when it is already.
 * Behind one listener for all: to add or remove one, Node looks through every listener that a signal has, which takes
 * seconds when thousands of calls share it.
 *
 * @returns How to wait no longer.
 */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  const { acts, onAbort } = waiting.get(signal) ?? listen(signal)
  acts.add(act)
  return () => {
    if (!acts.delete(act) || acts.size > 0) return
    waiting.delete(signal)
    signal.removeEventListener("abort", onAbort)
  }
}

function listen(signal: AbortSignal): Waiting {
  const acts = new Set<() => void>()
  const onAbort = () => {
    waiting.delete(signal)
    for (const act of acts) act()
  }
  waiting.set(signal, { acts, onAbort })
  signal.addEventListener("abort", onAbort, { once: true })
  return { acts, onAbort }
}
