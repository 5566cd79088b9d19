import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"

/** The writes of one file that are under way. */
interface Line {
  last: Place
  /** Counts the synchronous writes that have overtaken everybody in line. */
  overtaken: number
}

/** A place in the order in which writes of one file take effect. */
export class Place {
  /** Settles when every earlier write has taken effect or failed; undefined when none is under way. */
  readonly before: Promise<void> | undefined
  readonly #line: Line
  readonly #overtakenBefore: number
  readonly #leave: (place: Place) => void
  #ended: PromiseWithResolvers<void> | undefined
  #isOver = false

  constructor(line: Line | undefined, leave: (place: Place) => void) {
    this.before = line?.last.over
    this.#line = line ?? { last: this, overtaken: 0 }
    this.#line.last = this
    this.#overtakenBefore = this.#line.overtaken
    this.#leave = leave
  }

  get line(): Line {
    return this.#line
  }

  /** Whether a newer content is there already: this one has been replaced before it could be seen. */
  get isOvertaken(): boolean {
    return this.#line.overtaken !== this.#overtakenBefore
  }

  /** Settles at `end`; made only when somebody waits. */
  get over(): Promise<void> | undefined {
    if (this.#isOver) return undefined
    this.#ended ??= Promise.withResolvers<void>()
    return this.#ended.promise
  }

  /** Lets the next one go. */
  end(): void {
    this.#isOver = true
    this.#leave(this)
    this.#ended?.resolve()
  }
}

const linesOf = perFileSystem(() => new Map<string, Line>())

/**
 * Queues a write behind those of the same file that were asked for before it in this process.
 *
 * @param file As `placeOf` names it.
 */
export function takeTurn(fileSystem: FileSystem, file: string): Place {
  const lines = linesOf(fileSystem)
  const place = new Place(lines.get(file), (place) => {
    if (lines.get(file)?.last === place) lines.delete(file)
  })
  lines.set(file, place.line)
  return place
}

/** Says that a synchronous write of `file`, which cannot queue, has taken effect. */
export function overtake(fileSystem: FileSystem, file: string): void {
  const line = linesOf(fileSystem).get(file)
  if (line !== undefined) line.overtaken++
}
