import { lstatSync } from "node:fs"
import { folderOf } from "@persist/atomic/waiting"

const mostRemembered = 10_000

/** Knows the folders that lie on another file system than the root, into which no file of it can be renamed. */
export class Mounts {
  readonly #root: string
  readonly #found: (folder: string) => void
  readonly #known = new Map<string, boolean>()

  /** @param found Called with each such folder, absolute, when it is met. */
  constructor(root: string, found: (folder: string) => void) {
    this.#root = root
    this.#found = found
  }

  /** Whether the folder of `path`, absolute, is on another file system than the root. */
  isElsewhere(path: string): boolean {
    const folder = folderOf(path)
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const here = deviceOf(this.#root)
    const there = deviceOf(folder)
    if (here === undefined) return false
    // What does not exist yet will be made where its parent is.
    if (there === undefined) return this.isElsewhere(folder)
    this.#remember(folder, here !== there)
    return here !== there
  }

  /**
   * Learns from a rename that failed: a folder that was mounted meanwhile, or is mounted from the root's own file
   * system, which the device does not show.
   *
   * @returns Whether that was news, so that staging again helps.
   */
  learn(error: unknown): boolean {
    const { code, dest } = error as NodeJS.ErrnoException & { readonly dest?: string }
    if (code !== "EXDEV" || dest === undefined) return false
    const folder = folderOf(dest)
    if (this.#known.get(folder) === true) return false
    this.#remember(folder, true)
    return true
  }

  #remember(folder: string, isElsewhere: boolean): void {
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.set(folder, isElsewhere)
    if (isElsewhere) this.#found(folder)
  }
}

function deviceOf(folder: string): number | undefined {
  try {
    return lstatSync(folder).dev
  } catch {
    return undefined
  }
}
