import { setTimeout as sleep } from "node:timers/promises"
import { codeOf } from "../system-error.ts"
import type { WriteSettings } from "../write-options.ts"
import { Draft } from "./draft.ts"
import type { Target } from "./target.ts"

// Others close files all the time: some five seconds are enough for a crowd, and not for a leak.
const pauses: readonly number[] = [5, 10, 20, 40, 80, ...Array<number>(24).fill(200)]

/** Opens a draft; undefined when too many files are open, here or on the whole machine. */
export function openDraftNow(target: Target, settings: WriteSettings): Draft | undefined {
  try {
    return Draft.open(target, settings)
  } catch (error) {
    if (tooManyOpen(error)) return undefined
    throw error
  }
}

/** Opens a draft, waiting a bounded time while too many files are open. */
export async function openDraftLater(target: Target, settings: WriteSettings): Promise<Draft> {
  for (const pause of pauses) {
    await sleep(pause)
    const draft = openDraftNow(target, settings)
    if (draft !== undefined) return draft
    if (settings.signal?.aborted) break
  }
  return Draft.open(target, settings)
}

/** Whether the process or the machine has too many open files, which passes. */
export function tooManyOpen(error: unknown): boolean {
  const code = codeOf(error)
  return code === "EMFILE" || code === "ENFILE"
}
