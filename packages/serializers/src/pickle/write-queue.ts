import type { PathSegment } from "@persist/core/values"
import { LongList } from "./long-list.ts"
import { segmentOf } from "./pickle-path.ts"

/** The containers of a graph in the order in which their contents are written, and where each was found. */
export class WriteQueue {
  readonly #containers = new LongList<object>()
  readonly #kinds = new LongList<number>()
  /** The place of the container that each was found in; -1 for none. */
  readonly #parents = new LongList<number>()
  #place = -1

  /** The place of the container in progress: -1 before the first. */
  get place(): number {
    return this.#place
  }

  get length(): number {
    return this.#containers.length
  }

  /** The container in progress, if there is one. */
  get container(): object | undefined {
    const place = this.#place
    return place < 0 || place >= this.#containers.length ? undefined : this.#containers.at(place)
  }

  /** What the container in progress is: a `Kind`. */
  get kind(): number {
    return this.#kinds.at(this.#place)
  }

  /** The container at a place before `length`. */
  at(place: number): object {
    return this.#containers.at(place)
  }

  /** Adds a container that was found in the one in progress. */
  add(container: object, kind: number): void {
    this.#containers.push(container)
    this.#kinds.push(kind)
    this.#parents.push(this.#place)
  }

  /** Goes on to the next container; answers it, or undefined when there is none. */
  next(): object | undefined {
    this.#place++
    return this.container
  }

  /**
   * The way from the root to `offending`, which was found in the container in progress, or is a container, when
   * all has been written: every step is found again by looking for the child in its parent, so that writing need
   * not remember any.
   */
  pathTo(offending: unknown): PathSegment[] {
    const path: PathSegment[] = []
    let child = offending
    let next = this.#place < this.length ? this.#place : this.#placeOf(offending)
    for (; next >= 0; next = this.#parents.at(next)) {
      const parent = this.#containers.at(next)
      if (child !== parent) path.push(segmentOf(parent, child))
      child = parent
    }
    return path.reverse()
  }

  #placeOf(container: unknown): number {
    for (let place = 0; place < this.length; place++)
      if (this.#containers.at(place) === container) return place
    return this.length - 1
  }
}
