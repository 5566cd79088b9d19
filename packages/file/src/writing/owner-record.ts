import { join } from "node:path"
import { type FileSystem, type Lock, lockSync } from "@persist/atomic"

/** A lock that is held for an instant. */
export interface BriefLock {
  /** @throws `ERR_PERSIST_LOCK_LOST` */
  assertHeld(): void
  release(): void
}

/**
 * Locks of one storage that cost two system calls each. The storage keeps one lock of its own for as
 * long as it lives; to lock a key it gives that lock file, with its record and its signs of life, a
 * second name: the key's lock file. Whoever waits for the key sees an ordinary lock.
 */
export class OwnerRecord {
  readonly #path: string
  readonly #fileSystem: FileSystem
  readonly #held = new Set<string>()
  #lock: Lock | undefined
  #number: bigint | undefined

  constructor(folder: string, name: string, fileSystem: FileSystem) {
    this.#path = join(folder, name)
    this.#fileSystem = fileSystem
  }

  /** Takes the lock of `path` if it is free; `undefined` when it is not, or links cannot be made. */
  tryLock(path: string): BriefLock | undefined {
    const lockFile = `${path}.lock`
    const record = this.#record()
    if (this.#held.has(lockFile)) return undefined
    try {
      this.#fileSystem.linkSync(record, lockFile)
    } catch {
      // Ours if the answer to a link that was made got lost, or an unlink failed.
      if (!this.#isOurs(lockFile)) return undefined
    }
    this.#held.add(lockFile)
    return {
      assertHeld: () => {
        if (!this.#isOurs(lockFile)) this.#lock?.release()
        this.#lock?.assertHeld()
      },
      release: () => {
        this.#held.delete(lockFile)
        if (this.#isOurs(lockFile)) this.#fileSystem.unlinkSync(lockFile)
      },
    }
  }

  /** Gives up the record. */
  close(): void {
    this.#lock?.release()
    this.#lock = undefined
  }

  // A record that gave no sign of life for long may be about to be broken; the look gives one.
  #record(): string {
    try {
      this.#lock?.assertHeld()
    } catch {
      this.close()
    }
    if (this.#lock === undefined) {
      this.#lock = lockSync(this.#path, { timeout: 0, fileSystem: this.#fileSystem })
      this.#number = this.#fileSystem.lstatSync(this.#lock.path)?.ino
    }
    return this.#lock.path
  }

  #isOurs(lockFile: string): boolean {
    const number = this.#fileSystem.lstatSync(lockFile)?.ino
    return number !== undefined && number === this.#number
  }
}
