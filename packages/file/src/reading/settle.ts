import { setTimeout as delay } from "node:timers/promises"
import type { StoredValue } from "@persist/core"
import { abortedError } from "@persist/core/options"
import type { CurrentValues } from "./current-values.ts"

const recent = 1_000
const pause = 10
const quietPauses = 3
const mostPauses = 20

/**
 * Waits until a file that was written a moment ago has been quiet for a little: editors empty a file
 * before they fill it. Whether it is another one by then.
 */
export async function settle(
  current: CurrentValues,
  key: string,
  { entry }: StoredValue,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (Math.abs(Date.now() - entry.savedAt.getTime()) > recent) return false
  let revision: string | undefined = entry.revision
  let quiet = 0
  for (let pauses = 0; pauses < mostPauses && quiet < quietPauses; pauses++) {
    try {
      await delay(pause, undefined, signal && { signal })
    } catch (error) {
      throw signal?.aborted ? abortedError(signal, `Loading "${key}"`) : error
    }
    const now = current.stat(key)?.revision
    quiet = now === revision ? quiet + 1 : 0
    revision = now
  }
  return revision !== entry.revision
}
