import type { FileSystem } from "../file-system.ts"
import { perFileSystem } from "../per-file-system.ts"

/** A place in the order in which writes of one file take effect. */
export interface Turn {
  /** Settles when every earlier write of the file has taken effect or failed; undefined when none is under way. */
  readonly before: Promise<void> | undefined
  /** Lets the next one go. */
  end(): void
}

class Place implements Turn {
  readonly before: Promise<void> | undefined
  readonly #release: () => void
  #ended: PromiseWithResolvers<void> | undefined
  #isOver = false

  constructor(before: Promise<void> | undefined, release: () => void) {
    this.before = before
    this.#release = release
  }

  /** Settles at `end`; made only when somebody waits. */
  get over(): Promise<void> | undefined {
    if (this.#isOver) return undefined
    this.#ended ??= Promise.withResolvers<void>()
    return this.#ended.promise
  }

  end(): void {
    this.#isOver = true
    this.#release()
    this.#ended?.resolve()
  }
}

const lastPlaces = perFileSystem(() => new Map<string, Place>())

/** Queues a write of `path` behind those that were asked for before it in this process. */
export function takeTurn(fileSystem: FileSystem, path: string): Turn {
  const known = lastPlaces(fileSystem)
  const place: Place = new Place(known.get(path)?.over, () => {
    if (known.get(path) === place) known.delete(path)
  })
  known.set(path, place)
  return place
}
