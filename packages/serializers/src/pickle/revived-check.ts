import { HoldingGraph } from "./holding-graph.ts"
import { LongList } from "./long-list.ts"
import { Problem } from "./problem.ts"
import type { WriteQueue } from "./write-queue.ts"

/**
 * Finds instances of classes with `revive` that their own state leads back to, so that nothing is written that
 * cannot be read: none of them is there before its state is.
 */
export class RevivedCheck {
  readonly #ids: ReadonlyMap<object, number>
  readonly #queue: WriteQueue
  // Hot path, also of graphs that hold none: what was found before the contents of the container at each place.
  readonly #foundBefore = new LongList<number>()
  /** The places of the containers that hold what was found before, and its ids. */
  readonly #referring = new LongList<number>()
  readonly #referredTo = new LongList<number>()
  /** The name of the class of each, by id. */
  readonly #names = new Map<number, string>()

  /** `ids` are those of all objects that were found, `queue` has the containers among them. */
  constructor(ids: ReadonlyMap<object, number>, queue: WriteQueue) {
    this.#ids = ids
    this.#queue = queue
  }

  /** Takes the object that was found last for one of them. */
  add(name: string): void {
    this.#names.set(this.#ids.size - 1, name)
  }

  /** Goes on to the next container. */
  enter(): void {
    this.#foundBefore.push(this.#ids.size)
  }

  refer(id: number): void {
    this.#referring.push(this.#foundBefore.length - 1)
    this.#referredTo.push(id)
  }

  /** Throws a `Problem` for one that is in a cycle, when all has been written. */
  refuse(): void {
    if (this.#names.size === 0 || this.#referredTo.length === 0) return
    this.#graph().finishOrder([...this.#names.keys()], (id) => {
      const [instance] = [...this.#ids].find(([, known]) => known === id)!
      const name = this.#names.get(id)!
      const problem = `is an instance of ${name} that its own state leads back to, and "revive" could not make it (only "create" with "restore" can)`
      throw new Problem(problem, undefined, undefined, instance)
    })
  }

  /** The containers come in the order of their ids; what stands between them holds nothing. */
  #graph(): HoldingGraph {
    const graph = new HoldingGraph()
    const before = this.#foundBefore
    let place = 0
    let reference = 0
    for (const object of this.#ids.keys()) {
      graph.next(place < before.length ? before.at(place) : this.#ids.size)
      if (place === before.length || this.#queue.at(place) !== object) continue
      while (reference < this.#referring.length && this.#referring.at(reference) === place)
        graph.refer(this.#referredTo.at(reference++))
      place++
    }
    return graph
  }
}
