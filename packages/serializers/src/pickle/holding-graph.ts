import { LongList } from "./long-list.ts"

/** An object on the way down, and what it holds that was not looked at yet. */
interface Step {
  readonly id: number
  /** From 1. */
  readonly entered: number
  readonly held: number[]
  holdsItself: boolean
}

// Later than all.
const done = 0x7fffffff

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
   * down, but for what holds them too; the objects of a cycle come together, after all else that any of them
   * holds (Pearce's form of Tarjan's search). Where nothing refers to what was found before it, the last come first.
   * `inCycle` is told of every one that holds itself, however far down.
   */
  finishOrder(ids: readonly number[], inCycle?: (id: number) => void): readonly number[] {
    if (!this.#looksBack || (ids.length < 2 && inCycle === undefined)) return ids.toReversed()
    const wanted = new Set(ids)
    const order: number[] = []
    const references = this.#references()
    // When the first object of the way down was entered that an object leads back to.
    const earliest = new Int32Array(this.#firstFound.length)
    const way: Step[] = []
    const left: number[] = []
    let time = 0
    const finish = (id: number) => {
      earliest[id] = done
      if (wanted.has(id)) order.push(id)
    }
    const enter = (id: number) => {
      const held = this.#heldBy(id, references.get(id))
      if (held.length === 0) return finish(id)
      earliest[id] = ++time
      way.push({ id, entered: time, held, holdsItself: false })
    }
    const lower = (id: number, to: number) => {
      if (to < earliest[id]!) earliest[id] = to
    }
    const leave = ({ id, entered, holdsItself }: Step) => {
      if (earliest[id] === entered) {
        let start = left.length
        while (start > 0 && earliest[left[start - 1]!]! >= entered) start--
        if (inCycle !== undefined && (holdsItself || start < left.length))
          for (const one of [...left.slice(start), id]) if (wanted.has(one)) inCycle(one)
        for (let place = start; place < left.length; place++) finish(left[place]!)
        left.length = start
        finish(id)
      } else left.push(id)
      const holder = way.at(-1)
      if (holder !== undefined) lower(holder.id, earliest[id]!)
    }
    for (const first of ids) {
      if (earliest[first] === 0) enter(first)
      for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
        const next = step.held.pop()
        if (next === undefined) leave(way.pop()!)
        else if (earliest[next] === 0) enter(next)
        else {
          if (next === step.id) step.holdsItself = true
          lower(step.id, earliest[next]!)
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

  #heldBy(id: number, references: readonly number[] = []): number[] {
    const found = this.#firstFound
    // The last one found nothing, or it would not be the last.
    const end = id + 1 < found.length ? found.at(id + 1) : found.length
    const held = references.slice()
    for (let one = found.at(id); one < end; one++) held.push(one)
    return held
  }
}
