interface Waiting {
  readonly acts: Set<() => void>
  readonly onAbort: () => void
}

/** What waits for each signal. */
const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls `act`, a function of this call's own that throws nothing, when `signal` is aborted. Behind one listener for
 * all: to add or remove one, Node looks through every listener that a signal has, which takes seconds when thousands
 * of calls share it.
 *
 * @returns How to wait no longer.
 */
export function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {}
  let found = waiting.get(signal)
  if (found === undefined) {
    const acts = new Set<() => void>()
    const onAbort = () => {
      for (const each of acts) each()
    }
    found = { acts, onAbort }
    waiting.set(signal, found)
    signal.addEventListener("abort", onAbort)
  }
  const { acts, onAbort } = found
  acts.add(act)
  return () => {
    acts.delete(act)
    if (acts.size > 0) return
    waiting.delete(signal)
    signal.removeEventListener("abort", onAbort)
  }
}
