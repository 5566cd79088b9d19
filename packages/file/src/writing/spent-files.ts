import type { FileSystem } from "@persist/atomic"
import type { Located } from "../reading/locate.ts"
import { coarsestTime, isWholeMillisecond } from "../reading/revision.ts"

const mostHeld = 64

/**
 * Holds the files that are about to go where their revisions could come again: on a file system that keeps times to the
 * second, say, a new file of the same size that was given the same number would have the revision of the old one. While
 * it is open, its number stays taken; longer than a time lasts there it need not be.
 */
export class SpentFiles {
  readonly #fileSystem: FileSystem
  readonly #exactDevices = new Set<number>()
  readonly #held = new Map<number, NodeJS.Timeout>()

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem
  }

  /** Whether the file system with this number is known to keep times to the microsecond. */
  isExact(device: number): boolean {
    return this.#exactDevices.has(device)
  }

  /** Tells that it is. */
  foundExact(device: number): void {
    this.#exactDevices.add(device)
  }

  /** Call it before `files` are replaced or removed. */
  hold(files: readonly Located[]): void {
    // Windows neither replaces a file that is open nor has such times.
    if (process.platform === "win32") return
    for (const { path, facts } of files) {
      if (!this.isExact(facts.dev) && isWholeMillisecond(facts)) this.#hold(path)
    }
  }

  /** Lets everything go. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((descriptor) => this.#letGo(descriptor)))
  }

  #hold(path: string): void {
    let descriptor: number
    try {
      descriptor = this.#fileSystem.openSync(path, "r")
    } catch {
      return
    }
    const timer = setTimeout(() => this.#letGo(descriptor), coarsestTime)
    timer.unref()
    this.#held.set(descriptor, timer)
    if (this.#held.size > mostHeld) this.#letGo(this.#held.keys().next().value!)
  }

  async #letGo(descriptor: number): Promise<void> {
    clearTimeout(this.#held.get(descriptor))
    this.#held.delete(descriptor)
    // It was only read: nothing can have been lost.
    await this.#fileSystem.close(descriptor).catch(() => {})
  }
}
