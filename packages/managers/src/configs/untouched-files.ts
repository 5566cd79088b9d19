import { lstatSync, type Stats } from "node:fs"
import type { ConfigFile } from "./config-file.ts"

interface Remembered {
  readonly file: ConfigFile
  readonly facts: Stats
}

const mostRemembered = 100

/**
 * Configurations as they were last written here: while their files lie there untouched, nobody has to read
 * them again. A time of change (`ctime`) cannot be set, so an edit shows even where it keeps size and time.
 */
export class UntouchedFiles {
  readonly #files = new Map<string, Remembered>()

  /** The file of `name` as it was kept, if nobody touched it since; it is kept no longer. */
  take(name: string): ConfigFile | undefined {
    const remembered = this.#files.get(name)
    if (remembered === undefined) return undefined
    this.#files.delete(name)
    const now = factsOf(remembered.file)
    return now !== undefined && isSame(remembered.facts, now) ? remembered.file : undefined
  }

  /**
   * Remembers what was written just now. Somebody may have replaced it before this looked: who writes on the
   * ground of it must ask for its revision. This look also makes kernels with exact times give the next change one of
   * its own.
   */
  keep(name: string, file: ConfigFile): void {
    const facts = factsOf(file)
    if (facts === undefined) return
    if (this.#files.size >= mostRemembered) this.#files.clear()
    this.#files.set(name, { file, facts })
  }
}

function factsOf({ entry }: ConfigFile): Stats | undefined {
  if (entry.path === undefined) return undefined
  try {
    return lstatSync(entry.path, { throwIfNoEntry: false })
  } catch {
    // Whatever keeps it from being looked at will be met, and said, by who reads it.
    return undefined
  }
}

function isSame(before: Stats, now: Stats): boolean {
  return (
    before.ino === now.ino &&
    before.dev === now.dev &&
    before.size === now.size &&
    before.mtimeMs === now.mtimeMs &&
    before.ctimeMs === now.ctimeMs
  )
}
