import type { FileSystem } from "../file-system.ts"
import { tooManyOpen } from "../files/too-many-open.ts"
import { codeOf } from "../system-error.ts"
import { Candidate } from "./candidate.ts"
import { markWanted } from "./courtesy.ts"
import { type Inspection, inspect } from "./inspection.ts"
import { takeOver } from "./takeover.ts"
import { Vigil } from "./vigil.ts"

const mostRestarts = 100

// Looking for the file costs a tenth of asking who holds it and whether they live.
const inspectionInterval = 100

/** One contender's effort for one lock file, try by try. */
export class Contest {
  readonly #fileSystem: FileSystem
  readonly #lockFile: string
  readonly #heartbeat: number
  readonly #vigil = new Vigil()
  #candidate: Candidate | undefined
  #holder: Inspection | undefined
  #inspectedAt = Number.NEGATIVE_INFINITY

  constructor(fileSystem: FileSystem, lockFile: string, heartbeat: number) {
    this.#fileSystem = fileSystem
    this.#lockFile = lockFile
    this.#heartbeat = heartbeat
  }

  /** The holder that the last try saw. */
  get holder(): Inspection | undefined {
    return this.#holder
  }

  /** Takes the lock if it is free or its holder is gone. @returns The lock file's descriptor. */
  attempt(): number | undefined {
    for (let restarts = 0; restarts < mostRestarts; restarts++) {
      const descriptor = this.#claim()
      if (descriptor !== undefined) return descriptor
      const seen = inspect(this.#fileSystem, this.#lockFile)
      // Released between the two: try again at once.
      if (seen === undefined) continue
      this.#holder = seen
      this.#inspectedAt = performance.now()
      if (seen.isAlive) return undefined
      if (!seen.isDead && !this.#vigil.isOver(seen, this.#candidate!)) return undefined
      if (!takeOver(this.#fileSystem, this.#lockFile, seen)) return undefined
    }
    return undefined
  }

  /**
   * `attempt` for the many times that nothing has changed: it asks about the holder only now and then.
   * Too many open files are a reason to try later.
   */
  glance(): number | undefined {
    try {
      return this.#look()
    } catch (error) {
      if (tooManyOpen(error)) return undefined
      throw error
    }
  }

  #look(): number | undefined {
    if (performance.now() - this.#inspectedAt < inspectionInterval) {
      const facts = this.#fileSystem.lstatSync(this.#lockFile)
      if (facts !== undefined) {
        if (facts.isFile()) markWanted(this.#fileSystem, this.#lockFile, facts.mode)
        return undefined
      }
    }
    return this.attempt()
  }

  /** Whether anybody holds the lock, as far as one look can tell. */
  get isTaken(): boolean {
    return this.#fileSystem.lstatSync(this.#lockFile) !== undefined
  }

  /** Ends the effort; what was won stays. */
  end(): void {
    this.#candidate?.discard()
    this.#candidate = undefined
  }

  #claim(): number | undefined {
    this.#candidate ??= Candidate.create(this.#fileSystem, this.#lockFile, this.#heartbeat)
    try {
      return this.#candidate.claim(this.#lockFile)
    } catch (error) {
      // The folder, or our record in it, was removed while we waited.
      if (codeOf(error) !== "ENOENT") throw error
      this.end()
      this.#candidate = Candidate.create(this.#fileSystem, this.#lockFile, this.#heartbeat)
      return this.#candidate.claim(this.#lockFile)
    }
  }
}
