import { type BigIntStats, statSync } from "node:fs"
import { PersistError } from "@persist/core"

/** Milliseconds between two looks. */
const pause = 100

/**
 * Watches that a database file is still where it was opened. On POSIX systems it can be deleted, moved or replaced
 * under an open handle, and in WAL mode SQLite would go on writing to what nobody will find again.
 */
export class FilePlace {
  readonly #filename: string
  readonly #file: BigIntStats | undefined
  #nextLook = 0

  constructor(filename: string) {
    this.#filename = filename
    this.#file = look(filename)
  }

  /** Costs a look at the clock most of the time. @throws `ERR_PERSIST_IO` */
  assertUnmoved(): void {
    const now = performance.now()
    if (now < this.#nextLook || this.#file === undefined) return
    const found = look(this.#filename)
    if (found?.ino !== this.#file.ino || found.dev !== this.#file.dev) {
      throw new PersistError(
        "ERR_PERSIST_IO",
        `The database file ${this.#filename} was ${found === undefined ? "moved or deleted" : "replaced"} while it was open, so nothing was written. Close this DatabaseStorage before that, and open a new one.`,
        { path: this.#filename },
      )
    }
    this.#nextLook = now + pause
  }
}

function look(filename: string): BigIntStats | undefined {
  try {
    return statSync(filename, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
