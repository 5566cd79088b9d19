import { sep } from "node:path"
import type { FileFacts, FileSystem } from "../file-system.ts"
import { PersistError } from "../persist-error.ts"
import { codeOf, quietly } from "../system-error.ts"
import type { WriteSettings } from "../write-options.ts"
import { removeAtExit } from "./leftovers.ts"
import { makeFolders } from "./make-folders.ts"
import { carryOver, creationMode } from "./ownership.ts"
import type { Target } from "./target.ts"
import { temporaryName } from "./temporary-name.ts"

const mostNames = 16

/** What a draft has become. */
export interface Finished {
  readonly facts: FileFacts
  /** Whether it was given another owner or mode, which a sync before did not see. */
  readonly isChanged: boolean
}

/** A temporary file, beside its target or in a folder of its own, open for writing. */
export class Draft {
  readonly path: string
  readonly descriptor: number
  readonly #fileSystem: FileSystem
  readonly #forget: () => void
  #open = true

  private constructor(path: string, descriptor: number, fileSystem: FileSystem) {
    this.path = path
    this.descriptor = descriptor
    this.#fileSystem = fileSystem
    this.#forget = removeAtExit(() => fileSystem.unlinkSync(path))
  }

  /** Creates the file, exclusively, and the folders above it where they are missing. */
  static open(target: Target, settings: WriteSettings): Draft {
    const { fileSystem, mode, temporaryFolder: folder = target.folder } = settings
    if (folder !== target.folder && target.existing === undefined) {
      if (fileSystem.lstatSync(target.folder) === undefined) makeFolders(fileSystem, target.folder)
    }
    const bits = creationMode(target.existing, mode)
    let madeFolders = false
    for (let names = 1; ; names++) {
      // Not normalised, as the folder is not.
      const path = `${folder}${sep}${temporaryName()}`
      try {
        return new Draft(path, fileSystem.openSync(path, "wx", bits), fileSystem)
      } catch (error) {
        const code = codeOf(error)
        if (code === "ENOENT" && !madeFolders) {
          madeFolders = true
          makeFolders(fileSystem, folder)
        } else if (code !== "EEXIST" || names === mostNames) throw error
      }
    }
  }

  /**
   * Makes the written file what it is to be but for its sync. Its owner and mode come last, since a write clears bits of them.
   *
   * @throws `ERR_PERSIST_IO` when bytes are missing.
   */
  finish(size: number, existing: FileFacts | undefined, mode: number | undefined): Finished {
    const facts = this.#facts()
    if (facts.size === BigInt(size)) {
      const isChanged = carryOver(this.#fileSystem, this, facts, existing, mode)
      return { facts: isChanged ? this.#facts() : facts, isChanged }
    }
    throw new PersistError(
      "ERR_PERSIST_IO",
      `${this.path} holds ${facts.size} bytes after writing ${size}; the old file stays.`,
      { path: this.path },
    )
  }

  close(): void {
    this.#open = false
    this.#fileSystem.closeSync(this.descriptor)
  }

  /** Some file systems write in `close`, which should not hold up the event loop. */
  closeInThread(): Promise<void> {
    this.#open = false
    return this.#fileSystem.close(this.descriptor)
  }

  /** The file has become its target. */
  settle(): void {
    this.#forget()
  }

  discard(): void {
    if (this.#open) quietly(() => this.close())
    quietly(() => this.#fileSystem.unlinkSync(this.path))
    this.#forget()
  }

  #facts(): FileFacts {
    return this.#fileSystem.fstatSync(this.descriptor)
  }
}
