import { abortedError, whenAborted } from "@persist/core/options"
import type { EngineConnection } from "./engine-connection.ts"

/**
 * Runs a statement on `connection` that the database is asked to end when `signal` is aborted; one that has not
 * begun by then never does.
 */
export async function cancellable<T>(
  connection: Pick<EngineConnection, "cancel">,
  signal: AbortSignal,
  work: (onStart: () => void) => Promise<T>,
): Promise<T> {
  let isRunning = false
  const onStart = () => {
    if (signal.aborted) throw abortedError(signal, "The statement")
    isRunning = true
  }
  // While it waits its turn, what would be ended is the statement of somebody else.
  const cancel = () => {
    if (isRunning) connection.cancel().catch(() => {})
  }
  if (signal.aborted) throw abortedError(signal, "The statement")
  const stop = whenAborted(signal, cancel)
  try {
    return await work(onStart)
  } catch (error) {
    throw signal.aborted ? abortedError(signal, "The statement") : error
  } finally {
    stop()
  }
}
