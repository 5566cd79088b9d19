import { type BigIntStats, statSync } from "node:fs"
import { PersistError } from "@persist/core"

/** Milliseconds between two looks. */
const pause = 100

/**
 * Watches that the files of a database are still where they were opened. On POSIX systems they can be deleted, moved
 * or replaced under an open handle, and in WAL mode SQLite would go on writing to what nobody will find again.
 */
export class FilePlace {
  readonly #filenames: readonly string[]
  readonly #seen = new Map<string, BigIntStats>()
  #nextLook = 0

  constructor(filenames: readonly string[]) {
    this.#filenames = filenames
    for (const filename of filenames) this.#assertSame(filename)
  }

  /** Costs a look at the clock most of the time. @throws `ERR_PERSIST_IO` */
  assertUnmoved(): void {
    const now = performance.now()
    if (now < this.#nextLook) return
    for (const filename of this.#filenames) this.#assertSame(filename)
    this.#nextLook = now + pause
  }

  /** A file that is not there yet is one to come: SQLite makes its log with the first change. */
  #assertSame(filename: string): void {
    const found = look(filename)
    const seen = this.#seen.get(filename)
    if (seen === undefined) {
      if (found !== undefined) this.#seen.set(filename, found)
      return
    }
    if (found?.ino === seen.ino && found.dev === seen.dev) return
    throw new PersistError(
      "ERR_PERSIST_IO",
      `The database file ${filename} was ${found === undefined ? "moved or deleted" : "replaced"} while it was open, so nothing was written. Close this DatabaseStorage before that, and open a new one.`,
      { path: filename },
    )
  }
}

function look(filename: string): BigIntStats | undefined {
  try {
    return statSync(filename, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
