import { type EngineClock, never } from "../engine/clock.ts"

/** Milliseconds since the epoch, for what outlives the process. */
export function wallTime({ given }: EngineClock): number {
  return given?.wallTime === undefined ? Date.now() : given.wallTime()
}

/** Calls `run` after `milliseconds` unless cancelled; `Infinity` is never. Somebody waits for it, so the process stays open. */
export function after(clock: EngineClock, milliseconds: number, run: () => void): () => void {
  if (milliseconds === never) return () => {}
  // Longer delays overflow and fire at once.
  const part = Math.min(milliseconds, 0x7fffffff)
  let cancel = wait(clock, part, () => {
    if (milliseconds === part) run()
    else cancel = after(clock, milliseconds - part, run)
  })
  return () => cancel()
}

/** What `pending` brings, unless `milliseconds` pass first: then it throws what `late` makes. */
export async function within<T>(
  clock: EngineClock,
  milliseconds: number,
  pending: T | PromiseLike<T>,
  late: () => Error,
): Promise<T> {
  let cancel = () => {}
  const passed = new Promise<never>((_resolve, reject) => {
    cancel = after(clock, milliseconds, () => reject(late()))
  })
  try {
    return await Promise.race([pending, passed])
  } finally {
    cancel()
  }
}

/** Calls `run` after about `milliseconds` without holding the process open, on any clock. */
export function later(clock: EngineClock, milliseconds: number, run: () => void): () => void {
  const cancel = clock.schedule(run, milliseconds)
  if (cancel !== undefined) return cancel
  const timer = setTimeout(run, Math.min(milliseconds, 0x7fffffff))
  timer.unref()
  return () => clearTimeout(timer)
}

function wait({ given }: EngineClock, milliseconds: number, run: () => void): () => void {
  if (given?.schedule !== undefined) return given.schedule(run, milliseconds)
  const timer = setTimeout(run, milliseconds)
  return () => clearTimeout(timer)
}
