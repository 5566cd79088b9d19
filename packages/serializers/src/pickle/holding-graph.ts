import { LongList } from "./long-list.ts"

/**
 * Which objects hold which, by their ids, as they are read breadth first: nothing is asked of the objects
 * themselves, which `create` may have made with all of a program in them.
 */
export class HoldingGraph {
  // Hot path: what an object finds has the ids from here to where the next one begins.
  readonly #firstFound = new LongList<number>()
  readonly #referring = new LongList<number>()
  readonly #referredTo = new LongList<number>()
  #looksBack = false

  /** Goes on to the next object, which holds what is found or referred to from now on; `found` were so far. */
  next(found: number): void {
    this.#firstFound.push(found)
  }

  refer(id: number): void {
    const head = this.#firstFound.length - 1
    if (id <= head) this.#looksBack = true
    this.#referring.push(head)
    this.#referredTo.push(id)
  }

  /**
   * `ids`, which ascend, in the order in which they can be finished: after all that they hold, however far
   * down, but for cycles. Where nothing refers to itself or what was found before it, the last come first.
   */
  finishOrder(ids: readonly number[]): readonly number[] {
    if (!this.#looksBack || ids.length < 2) return ids.toReversed()
    const wanted = new Set(ids)
    const order: number[] = []
    const seen = new Uint8Array(this.#firstFound.length)
    const references = this.#references()
    const stack: { readonly id: number; readonly held: number[] }[] = []
    const enter = (id: number) => {
      if (seen[id] === 1) return
      seen[id] = 1
      stack.push({ id, held: this.#heldBy(id, references.get(id) ?? []) })
    }
    for (const id of ids) {
      enter(id)
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const next = top.held.pop()
        if (next !== undefined) enter(next)
        else {
          stack.pop()
          if (wanted.has(top.id)) order.push(top.id)
        }
      }
    }
    return order
  }

  #references(): Map<number, number[]> {
    const references = new Map<number, number[]>()
    for (let place = 0; place < this.#referring.length; place++) {
      const from = this.#referring.at(place)
      const to = references.get(from)
      if (to === undefined) references.set(from, [this.#referredTo.at(place)])
      else to.push(this.#referredTo.at(place))
    }
    return references
  }

  #heldBy(id: number, references: readonly number[]): number[] {
    const found = this.#firstFound
    // The last one found nothing, or it would not be the last.
    const end = id + 1 < found.length ? found.at(id + 1) : found.length
    const held = references.slice()
    for (let one = found.at(id); one < end; one++) held.push(one)
    return held
  }
}
