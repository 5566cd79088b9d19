import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"

/** Waits for its turn. */
interface Waiter {
  readonly go: () => void
}

/** The line in front of one lock file inside this process, for as long as it has a head: only that one goes to the disk. */
class Line {
  readonly #waiting = new Set<Waiter>()

  wait(go: () => void): () => void {
    const waiter = { go }
    this.#waiting.add(waiter)
    return () => {
      this.#waiting.delete(waiter)
    }
  }

  /** Lets the next one in. @returns Whether nobody is left: then the line is over. */
  leave(): boolean {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter)
      waiter.go()
      return false
    }
    return true
  }
}

const linesOf = perFileSystem(() => new Map<string, Line>())

/** A place in the line, or at its head. */
export interface Place {
  /** Leaves the line; does nothing a second time. */
  leave(): void
}

/** Stands at the head of the line at once, or not at all. */
export function enterLine(fileSystem: FileSystem, lockFile: string): Place | undefined {
  const known = linesOf(fileSystem)
  if (known.has(lockFile)) return undefined
  const line = new Line()
  known.set(lockFile, line)
  return placeIn(known, lockFile, line)
}

/**
 * Waits for the head of the line.
 *
 * @param reached Called, once, when the head is reached.
 * @returns Gives up.
 */
export function waitInLine(
  fileSystem: FileSystem,
  lockFile: string,
  reached: (place: Place) => void,
): () => void {
  const known = linesOf(fileSystem)
  const line = known.get(lockFile)!
  return line.wait(() => reached(placeIn(known, lockFile, line)))
}

function placeIn(known: Map<string, Line>, lockFile: string, line: Line): Place {
  let isLeft = false
  return {
    leave: () => {
      if (isLeft) return
      isLeft = true
      if (line.leave()) known.delete(lockFile)
    },
  }
}
