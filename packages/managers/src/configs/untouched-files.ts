import { lstatSync } from "node:fs"
import type { ConfigFile } from "./config-files.ts"

interface Remembered {
  readonly file: ConfigFile
  readonly began: number
  readonly ended: number
}

const mostRemembered = 100
// Milliseconds. The clock by which files change stands still for up to 10.
const coarseness = 20

/**
 * Configurations as they were last written here: while their files lie there untouched, nobody has to read
 * them again. A time of change (`ctime`) cannot be set, so an edit shows even where it keeps size and time, but for one
 * in place within some milliseconds of the writing.
 */
export class UntouchedFiles {
  readonly #files = new Map<string, Remembered>()

  /** The file of `name` as it was kept, if nobody touched it since. */
  get(name: string): ConfigFile | undefined {
    const remembered = this.#files.get(name)
    if (remembered === undefined) return undefined
    if (isUntouched(remembered)) return remembered.file
    this.#files.delete(name)
    return undefined
  }

  /**
   * Remembers what was written just now. Somebody may have replaced it in the same moment: who writes on the
   * ground of it must ask for its revision.
   *
   * @param began When the writing did, by `Date.now`.
   */
  keep(name: string, file: ConfigFile, began: number): void {
    if (file.entry.path === undefined) return
    if (this.#files.size >= mostRemembered) this.#files.clear()
    this.#files.set(name, { file, began, ended: Date.now() })
  }

  forget(name: string): void {
    this.#files.delete(name)
  }
}

/** Hot path: what the writing did to the file is not looked at after it, but known by when it was done. */
function isUntouched({ file: { entry }, began, ended }: Remembered): boolean {
  try {
    const facts = lstatSync(entry.path!, { throwIfNoEntry: false })
    if (facts === undefined) return false
    const { size, mtimeMs, ctimeMs } = facts
    if (size !== entry.size || Math.floor(mtimeMs) !== entry.savedAt.getTime()) return false
    return ctimeMs > began - coarseness && ctimeMs < ended + 1
  } catch {
    // Whatever keeps it from being looked at will be met, and said, by who reads it.
    return false
  }
}
