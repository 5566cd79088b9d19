/** What is saved when the process ends. */
export interface ExitSaver {
  flushSync(): void
}

/** All that is saved at the end; copies of this package in one process share it, or each would leave the end to the other. */
interface Savers {
  readonly all: Set<ExitSaver>
  /** The process was told of its end, which may come at any moment: nothing is saved a little later. */
  isExiting: boolean
  readonly listen: () => void
  readonly ignore: () => void
}

const place = Symbol.for("@persist/managers: savers at exit")
const shared: NodeJS.Process & { [place]?: Savers } = process
const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const

/**
 * Saves a live state when the process ends by `process.exit`, an uncaught error or a signal (SIGTERM,
 * SIGINT, SIGHUP). A signal still ends the process, unless somebody else listens for it.
 */
export class ExitHook {
  readonly #saver: ExitSaver
  readonly #savers: Savers

  constructor(saver: ExitSaver) {
    this.#saver = saver
    this.#savers = shared[place] ??= { all: new Set(), isExiting: false, listen, ignore }
    if (this.#savers.all.size === 0) this.#savers.listen()
    this.#savers.all.add(saver)
  }

  /** Saves what another listener of the exit or of a signal changed after ours. */
  changed(): void {
    if (this.#savers.isExiting) save(this.#saver)
  }

  end(): void {
    this.#savers.all.delete(this.#saver)
    if (this.#savers.all.size === 0) this.#savers.ignore()
  }
}

function listen(): void {
  // First of all: one that throws at exit keeps those behind it from their turn, and one that is there once for a
  // signal is not counted any more after its own.
  process.prependListener("exit", saveAtExit)
  for (const signal of signals) process.prependListener(signal, saveAndDie)
}

function ignore(): void {
  process.off("exit", saveAtExit)
  for (const signal of signals) process.off(signal, saveAndDie)
}

function saveAtExit(): void {
  shared[place]!.isExiting = true
  for (const saver of shared[place]!.all) save(saver)
}

function save(saver: ExitSaver): void {
  try {
    saver.flushSync()
  } catch (error) {
    process.exitCode ||= 1
    console.error("A live state could not be saved at exit:", error)
  }
}

function saveAndDie(signal: NodeJS.Signals): void {
  saveAtExit()
  // Not there for a moment: some, such as signal-exit, end the process only if nobody else listens.
  process.off(signal, saveAndDie)
  // Raised again without a handler, the signal ends the process as it would have without us.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  // The others come next, and may let the process live; so does the system with the first one in a container.
  // Behind the last of them, and before anything else: the next signal may be there already.
  process.nextTick(listenAgain, signal)
}

function listenAgain(signal: NodeJS.Signals): void {
  shared[place]!.isExiting = false
  // A state that was opened meanwhile may have begun to listen.
  process.off(signal, saveAndDie)
  if (shared[place]!.all.size > 0) process.prependListener(signal, saveAndDie)
}
