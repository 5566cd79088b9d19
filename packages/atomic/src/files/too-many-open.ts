import { setTimeout as sleep } from "node:timers/promises"
import { throwIfAborted } from "../options.ts"
import { codeOf } from "../system-error.ts"

// Others close files all the time: some five seconds are enough for a crowd, and not for a leak.
const pauses: readonly number[] = [5, 10, 20, 40, 80, ...Array<number>(24).fill(200)]

/** Whether the process or the machine has too many open files, which passes. */
export function tooManyOpen(error: unknown): boolean {
  const code = codeOf(error)
  return code === "EMFILE" || code === "ENFILE"
}

/**
 * What `open` gives; while too many files are open, a promise of it that tries again for a bounded time.
 *
 * @throws What `open` throws, at once; `ERR_PERSIST_ABORTED` when the signal ends the wait.
 */
export function whenFewerOpen<T>(open: () => T | Promise<T>, signal?: AbortSignal): T | Promise<T> {
  try {
    const opened = open()
    if (!(opened instanceof Promise)) return opened
    return opened.catch((error: unknown) => openLater(open, error, signal))
  } catch (error) {
    if (!tooManyOpen(error)) throw error
    return openLater(open, error, signal)
  }
}

async function openLater<T>(
  open: () => T | Promise<T>,
  refusal: unknown,
  signal: AbortSignal | undefined,
): Promise<T> {
  let reason = refusal
  for (const pause of pauses) {
    if (!tooManyOpen(reason)) break
    await sleep(pause, undefined, signal && { signal }).catch(() => {})
    throwIfAborted(signal, "Waiting while too many files were open")
    try {
      return await open()
    } catch (error) {
      reason = error
    }
  }
  throw reason
}
