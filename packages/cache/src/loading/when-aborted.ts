/** Whoever waits for one signal. */
class Waiting extends Set<() => void> {
  readonly onAbort = (): void => {
    for (const act of this) act()
  }
}

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
  const acts = waiting.get(signal) ?? new Waiting()
  if (acts.size === 0) {
    waiting.set(signal, acts)
    signal.addEventListener("abort", acts.onAbort)
  }
  acts.add(act)
  // By the very load that is waited for, which has begun before: there is no event to come.
  if (signal.aborted) queueMicrotask(act)
  return () => {
    acts.delete(act)
    if (acts.size > 0) return
    waiting.delete(signal)
    signal.removeEventListener("abort", acts.onAbort)
  }
}
