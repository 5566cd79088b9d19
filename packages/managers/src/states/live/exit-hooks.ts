/** What is saved when the process ends. */
export interface ExitSaver {
  flushSync(): void
}

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const
const savers = new Set<ExitSaver>()

/**
 * Saves `saver` when the process ends by `process.exit`, an uncaught error or a signal (SIGTERM,
 * SIGINT, SIGHUP). A signal still ends the process, unless somebody else listens for it.
 *
 * @returns Ends it.
 */
export function saveAtExit(saver: ExitSaver): () => void {
  if (savers.size === 0) {
    process.on("exit", saveAll)
    for (const signal of signals) process.on(signal, saveAndDie)
  }
  savers.add(saver)
  return () => {
    savers.delete(saver)
    if (savers.size === 0) removeHandlers()
  }
}

function removeHandlers(): void {
  process.off("exit", saveAll)
  for (const signal of signals) process.off(signal, saveAndDie)
}

function saveAll(): void {
  for (const saver of savers) {
    try {
      saver.flushSync()
    } catch (error) {
      process.exitCode ||= 1
      console.error("A live state could not be saved at exit:", error)
    }
  }
}

function saveAndDie(signal: NodeJS.Signals): void {
  saveAll()
  if (process.listenerCount(signal) > 1) return
  // Raised again without a handler, the signal ends the process as it would have without us.
  removeHandlers()
  process.kill(process.pid, signal)
}
