import type { FileFacts, FileSystem } from "../file-system.ts"
import { removeAtExit } from "../files/leftovers.ts"
import { PersistError } from "../persist-error.ts"
import { quietly } from "../system-error.ts"
import { confusesNames } from "./confused-names.ts"
import { isWanted, rememberHold } from "./courtesy.ts"
import { disown, letGo } from "./disown.ts"
import type { Lock } from "./lock.ts"
import { removeLock } from "./remove-lock.ts"
import { missedHeartbeats } from "./vigil.ts"

/** What a lock is made of once its file is in place. */
export interface HeldFile {
  readonly fileSystem: FileSystem
  readonly path: string
  /** The lock file, open: as long as it is, no other file can have its number. */
  readonly descriptor: number
  /** Milliseconds. */
  readonly heartbeat: number
}

const firstByte: Uint8Array = Buffer.from("{")

/** A lock whose file is ours until `release` or until somebody takes it from us. */
export class HeldLock implements Lock {
  readonly path: string
  readonly #file: HeldFile
  readonly #identity: FileFacts
  readonly #whenReleased: () => void
  readonly #forget: () => void
  readonly #timer: NodeJS.Timeout
  #controller: AbortController | undefined
  #state: "held" | "lost" | "released" = "held"
  readonly #since = performance.now()
  #lastBeat = this.#since
  #isClosed = false

  /** @param whenReleased Is called with each `release`. */
  constructor(file: HeldFile, whenReleased: () => void) {
    this.path = file.path
    this.#file = file
    this.#identity = file.fileSystem.fstatSync(file.descriptor)
    this.#whenReleased = whenReleased
    // Whoever asks later in the exit must not write to what has the descriptor's number by then; and nobody of a process
    // that ends is to have it next.
    this.#forget = removeAtExit(() => this.#end())
    this.#timer = setInterval(() => this.#beat(), file.heartbeat)
    this.#timer.unref()
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#state !== "held") this.#controller.abort(this.#lostError())
    }
    return this.#controller.signal
  }

  assertHeld(): void {
    if (this.#state === "held") {
      // Somebody may be about to conclude that we are gone; a sign of life before the look stops that.
      if (performance.now() - this.#lastBeat > this.#file.heartbeat) this.#signOfLife()
      if (this.#inPlace() !== undefined) return
      this.#lose()
    }
    throw this.#lostError()
  }

  release(): void {
    this.#end()
    this.#whenReleased()
  }

  #end(): void {
    if (this.#state === "released") return
    const { fileSystem, descriptor } = this.#file
    const wasHeld = this.#state === "held"
    this.#state = "released"
    clearInterval(this.#timer)
    this.#forget()
    if (!wasHeld || !this.#giveBack()) letGo(this.#file)
    else if (!this.#isClosed) quietly(() => fileSystem.closeSync(descriptor))
  }

  [Symbol.dispose](): void {
    this.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }

  // Runs from a timer, so nothing may come out of it.
  #beat(): void {
    if (this.#state !== "held") return
    if (this.#signOfLife() && this.#inPlace() !== undefined) return
    this.#lose()
  }

  /** Writes through the open descriptor, which cannot touch a lock that followed ours. */
  #signOfLife(): boolean {
    const { fileSystem, descriptor, heartbeat } = this.#file
    const now = performance.now()
    try {
      fileSystem.writeSync(descriptor, firstByte, 0, 1, 0)
      this.#lastBeat = now
      return true
    } catch {
      return now - this.#lastBeat < heartbeat * missedHeartbeats
    }
  }

  /** The facts of the lock file as long as it is ours. */
  #inPlace(): FileFacts | undefined {
    try {
      return this.#look()
    } catch {
      return undefined
    }
  }

  // A look may fail and say nothing of the lock, on a network file system above all: twice in a row it counts.
  #look(): FileFacts | undefined {
    const { fileSystem } = this.#file
    const { dev, ino } = this.#identity
    let facts: FileFacts | undefined
    try {
      facts = fileSystem.lstatSync(this.path)
    } catch {
      facts = fileSystem.lstatSync(this.path)
    }
    return facts?.ino === ino && facts.dev === dev ? facts : undefined
  }

  /** @returns Whether others are free to take it by now, or soon. */
  #giveBack(): boolean {
    const { fileSystem } = this.#file
    const facts = this.#inPlace()
    if (facts === undefined) return disown(this.#file)
    // A holder that may be thought gone must not remove the lock of whoever follows it just now.
    const isLate = performance.now() - this.#lastBeat > this.#file.heartbeat * 2
    let isFree = true
    try {
      if (isLate) this.#removeCarefully()
      else if (confusesNames(fileSystem, this.path)) this.#removeClosed()
      else this.#remove()
    } catch {
      isFree = disown(this.#file)
    }
    // File systems without modes of their own show the mark on everything.
    const wanted = isWanted(facts.mode) && !isWanted(this.#identity.mode)
    rememberHold(fileSystem, this.path, this.#since, wanted)
    return isFree
  }

  #remove(): void {
    const { fileSystem } = this.#file
    try {
      fileSystem.unlinkSync(this.path)
    } catch {
      // It may be gone all the same, and another's in its place.
      if (this.#look() !== undefined) fileSystem.unlinkSync(this.path)
    }
  }

  /** Lets go before it removes: what stays, should that fail, names nobody. */
  #removeClosed(): void {
    const { fileSystem, descriptor } = this.#file
    disown(this.#file)
    this.#isClosed = true
    quietly(() => fileSystem.closeSync(descriptor))
    quietly(() => this.#remove())
  }

  #removeCarefully(): void {
    const { dev, ino } = this.#identity
    removeLock(
      this.#file.fileSystem,
      this.path,
      (_, facts) => (facts.ino === ino && facts.dev === dev) || this.#isNumberedAnew(facts),
    )
  }

  /** Whether these are the facts of our file by another name, which some file systems (mergerfs) number by its path. */
  #isNumberedAnew(facts: FileFacts): boolean {
    const { fileSystem, descriptor } = this.#file
    try {
      const { dev, ino } = fileSystem.fstatSync(descriptor)
      return facts.ino === ino && facts.dev === dev
    } catch {
      return false
    }
  }

  #lose(): void {
    this.#state = "lost"
    clearInterval(this.#timer)
    disown(this.#file)
    this.#controller?.abort(this.#lostError())
  }

  #lostError(): PersistError {
    const why =
      this.#state === "released"
        ? "was released before"
        : "was taken over or removed while this process gave no sign of life"
    return new PersistError(
      "ERR_PERSIST_LOCK_LOST",
      `The lock ${this.path} ${why}; what it protected may have changed. Read again, then retry under a new lock.`,
      { path: this.path },
    )
  }
}
