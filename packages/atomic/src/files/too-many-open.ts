import { setTimeout as sleep } from "node:timers/promises"
import { codeOf } from "../system-error.ts"

// Others close files all the time: some five seconds are enough for a crowd, and not for a leak.
const pauses: readonly number[] = [5, 10, 20, 40, 80, ...Array<number>(24).fill(200)]

/** Whether the process or the machine has too many open files, which passes. */
export function tooManyOpen(error: unknown): boolean {
  const code = codeOf(error)
  return code === "EMFILE" || code === "ENFILE"
}

/** What `open` gives, tried at once, and again for a bounded time while too many files are open. */
export async function whenFewerOpen<T>(
  open: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await open()
    } catch (error) {
      if (!tooManyOpen(error) || signal?.aborted) throw error
    }
    await sleep(pause)
  }
  return await open()
}
