import { abortedError } from "@persist/core/options"
import type { EngineConnection } from "./engine-connection.ts"

/** Runs a statement on `connection` that the database is asked to end when `signal` is aborted. */
export async function cancellable<T>(
  connection: Pick<EngineConnection, "cancel">,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw abortedError(signal, "The statement")
  const cancel = () => void connection.cancel().catch(() => {})
  signal.addEventListener("abort", cancel, { once: true })
  try {
    return await work()
  } catch (error) {
    throw signal.aborted ? abortedError(signal, "The statement") : error
  } finally {
    signal.removeEventListener("abort", cancel)
  }
}
