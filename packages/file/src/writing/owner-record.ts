import { join } from "node:path"
import { type FileSystem, type Lock, lockSync, PersistError } from "@persist/atomic"
import { confusesNames } from "@persist/atomic/waiting"

/** A lock that is held for an instant. */
export interface BriefLock {
  /** When it was asked for, by `now`; undefined where it was looked at once more after it was taken. */
  readonly since?: number
  /** @throws `ERR_PERSIST_LOCK_LOST` */
  assertHeld(): void
  release(): void
}

/** Milliseconds; a lock is broken only after several seconds without a sign of life. */
const freshFor = 1_000

const restAfter = 2_000

/**
 * Locks of one storage that cost two system calls each. The storage keeps one lock of its own for as
 * long as it lives; to lock a key it gives that lock file, with its record and its signs of life, a
 * second name: the key's lock file. Whoever waits for the key sees an ordinary lock.
 */
export class OwnerRecord {
  readonly #path: string
  readonly #fileSystem: FileSystem
  readonly #held = new Set<string>()
  /** Lock files that nobody here holds, but that may be there: they keep others out. */
  readonly #stuck = new Set<string>()
  #lock: Lock | undefined
  #number: bigint | undefined
  /** Whether all names of a file show one number, so that a lock file tells whose it is; undefined before the first. */
  #tellsOwner: boolean | undefined
  #lastLook = 0
  #rest: NodeJS.Timeout | undefined
  /** Since the last look whether it still is. */
  #wasUsed = false

  constructor(folder: string, name: string, fileSystem: FileSystem) {
    this.#path = join(folder, name)
    this.#fileSystem = fileSystem
  }

  /** Whether a lock file is known to tell whose it is: without that nothing can be locked here. */
  get tellsOwner(): boolean {
    return this.#tellsOwner === true
  }

  /** Takes the lock of `path` if it is free; `undefined` when it is not, or links cannot be made. */
  tryLock(path: string): BriefLock | undefined {
    const lockFile = `${path}.lock`
    if (this.#tellsOwner === false || this.#held.has(lockFile)) return undefined
    const since = now()
    if (!this.#link(lockFile, since)) return undefined
    this.#held.add(lockFile)
    return {
      since,
      assertHeld: () => {
        // The record stays: the locks of other keys are names of it.
        if (!this.#isOurs(lockFile)) throw lostError(lockFile)
        this.#assertRecord()
      },
      release: () => {
        this.#held.delete(lockFile)
        this.#stuck.add(lockFile)
        // Nobody breaks a lock this young; an older one may be somebody else's by now.
        if (isFresh(since)) this.#unlink(lockFile)
        else this.#freeStuck()
        this.#restLater()
      },
    }
  }

  /** Gives up the record; the next lock makes another. */
  close(): void {
    clearInterval(this.#rest)
    this.#rest = undefined
    // While the record is open, no other file can have its number.
    this.#freeStuck()
    this.#lock?.release()
    this.#lock = undefined
  }

  // A storage that nobody closes must not hold a file open for ever. To set a timer anew at each lock would cost as much
  // as the lock's system calls.
  #restLater(): void {
    this.#wasUsed = true
    this.#rest ??= setInterval(() => {
      this.#freeStuck()
      if (!this.#wasUsed && this.#held.size + this.#stuck.size === 0) this.close()
      this.#wasUsed = false
    }, restAfter).unref()
  }

  #link(lockFile: string, time: number): boolean {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const record = this.#record(time)
        if (!this.#tellsOwner && !this.#canTell(record)) return false
        this.#fileSystem.linkSync(record, lockFile)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") return this.#isLinked(lockFile)
        // The folder was removed, and the record with it.
        this.close()
      }
    }
    return false
  }

  /** Tries a name that nobody else uses: a key's must not stay, nor be removed, where it cannot be told whose it is. */
  #canTell(record: string): boolean {
    if (confusesNames(this.#fileSystem, record)) {
      this.#tellsOwner = false
      this.close()
      return false
    }
    const second = `${this.#path}-2.lock`
    try {
      this.#fileSystem.linkSync(record, second)
    } catch (error) {
      // It may be there from the last try.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
    try {
      const number = this.#fileSystem.lstatSync(second)?.ino
      if (number === undefined) return true
      this.#tellsOwner = number === this.#number
    } finally {
      this.#unlink(second)
    }
    if (!this.#tellsOwner) this.close()
    return this.#tellsOwner
  }

  /** Whether `lockFile` is ours though linking failed: its answer got lost, or an unlink failed before. */
  #isLinked(lockFile: string): boolean {
    try {
      return this.#isOurs(lockFile)
    } catch {
      this.#stuck.add(lockFile)
      this.#restLater()
      return false
    }
  }

  #unlink(lockFile: string): void {
    for (let tries = 0; tries < 2; tries++) {
      try {
        if (tries === 0 || this.#isOurs(lockFile)) this.#fileSystem.unlinkSync(lockFile)
        this.#stuck.delete(lockFile)
        return
      } catch {
        // Gone already, or in the way of others for now; what it protected is done.
      }
    }
  }

  #freeStuck(): void {
    for (const lockFile of this.#stuck) {
      try {
        if (this.#held.has(lockFile) || !this.#isOurs(lockFile)) this.#stuck.delete(lockFile)
        else this.#unlink(lockFile)
      } catch {
        // The disk still does not answer.
      }
    }
  }

  // A record that gave no sign of life for long may be about to be broken; the look gives one.
  #record(time: number): string {
    if (this.#lock !== undefined && !isFresh(this.#lastLook, time)) {
      try {
        this.#assertRecord()
      } catch {
        this.close()
      }
    }
    if (this.#lock === undefined) {
      // By now it may be the number of somebody else's lock.
      this.#number = undefined
      this.#lock = lockSync(this.#path, { timeout: 0, fileSystem: this.#fileSystem })
      this.#lastLook = now()
    }
    this.#number ??= this.#fileSystem.lstatSync(this.#lock.path)?.ino
    return this.#lock.path
  }

  #assertRecord(): void {
    if (this.#lock === undefined) throw lostError(this.#path)
    this.#lock.assertHeld()
    this.#lastLook = now()
  }

  #isOurs(lockFile: string): boolean {
    const number = this.#fileSystem.lstatSync(lockFile)?.ino
    return number !== undefined && number === this.#number
  }
}

const origin = performance.timeOrigin

/** Milliseconds by the clock that goes on while the machine sleeps, unless that was set back. */
export function now(): number {
  return Math.max(Date.now(), origin + performance.now())
}

/** Whether nobody can have broken by `time` what was there at `since`; a clock that was set back meanwhile cannot tell. */
export function isFresh(since: number, time: number = now()): boolean {
  return Math.abs(time - since) < freshFor
}

function lostError(path: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_LOCK_LOST",
    `The lock ${path} was taken over or removed while it was held; what it protected may have changed. Try again.`,
    { path },
  )
}
