import type { FileSystem } from "@persist/atomic"
import type { Located } from "../reading/locate.ts"
import { coarsestTime, isWholeMillisecond } from "../reading/revision.ts"

const mostHeld = 64

interface HeldFile {
  readonly descriptor: number
  readonly fileSystem: FileSystem
  readonly timer: NodeJS.Timeout
}

const held = new Set<HeldFile>()

/**
 * Holds the files that are about to go where their revisions could come again: on a file system that keeps times to the
 * second, say, a new file of the same size that was given the same number would have the revision of the old one. While
 * it is open, its number stays taken; longer than a time lasts there it need not be.
 */
export class SpentFiles {
  readonly #fileSystem: FileSystem
  readonly #exactDevices = new Set<number>()

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
      if (!this.isExact(facts.dev) && isWholeMillisecond(facts)) hold(this.#fileSystem, path)
    }
  }
}

function hold(fileSystem: FileSystem, path: string): void {
  let descriptor: number
  try {
    descriptor = fileSystem.openSync(path, "r")
  } catch {
    return
  }
  const file = { descriptor, fileSystem, timer: setTimeout(() => letGo(file), coarsestTime) }
  file.timer.unref()
  held.add(file)
  if (held.size > mostHeld) letGo(held.values().next().value!)
}

function letGo(file: HeldFile): void {
  held.delete(file)
  clearTimeout(file.timer)
  file.fileSystem.close(file.descriptor).catch(() => {})
}
