import { HoldingGraph } from "./holding-graph.ts"
import { Problem } from "./problem.ts"

/**
 * Finds instances of classes with `revive` that their own state leads back to, so that nothing is written that
 * cannot be read: none of them is there before its state is.
 */
export class RevivedCheck {
  readonly #ids: ReadonlyMap<object, number>
  readonly #graph = new HoldingGraph()
  /** The name of the class of each, by id. */
  readonly #names = new Map<number, string>()

  /** `ids` are those of all objects that were found. */
  constructor(ids: ReadonlyMap<object, number>) {
    this.#ids = ids
  }

  /** Takes the object that was found last for one of them. */
  add(name: string): void {
    this.#names.set(this.#ids.size - 1, name)
  }

  /** Goes on to a container, past what holds nothing. */
  enter(container: object): void {
    this.#goTo(this.#ids.get(container)!)
  }

  refer(id: number): void {
    this.#graph.refer(id)
  }

  /** Throws a `Problem` for one that is in a cycle, when all has been written. */
  refuse(): void {
    if (this.#names.size === 0) return
    this.#goTo(this.#ids.size - 1)
    this.#graph.finishOrder([...this.#names.keys()], (id) => {
      const [instance] = [...this.#ids].find(([, known]) => known === id)!
      const name = this.#names.get(id)!
      const problem = `is an instance of ${name} that its own state leads back to, and "revive" could not make it (only "create" with "restore" can)`
      throw new Problem(problem, undefined, undefined, instance)
    })
  }

  #goTo(id: number): void {
    while (this.#graph.length <= id) this.#graph.next(this.#ids.size)
  }
}
