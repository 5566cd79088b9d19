/** The keys that objects have in common, so that each list of keys is written once. */
export interface Shape {
  readonly number: number
  readonly keys: readonly string[]
}

interface Step {
  readonly next: Map<string, Step>
  shape: Shape | undefined
}

// A graph with more kinds of objects than this uses them as dictionaries; remembering those costs more than it saves.
const rememberedKeys = 100_000

/** Finds the shape of a list of keys: mostly the one it was last time, else down a tree of keys. */
export class ShapeTable {
  readonly #root: Step = { next: new Map(), shape: undefined }
  #last: Shape | undefined
  #count = 0
  #keys = 0

  /** The known shape of `keys`; undefined when it is new and must be written. */
  find(keys: readonly string[]): Shape | undefined {
    const last = this.#last
    if (last !== undefined && sameKeys(last.keys, keys)) return last
    let step: Step | undefined = this.#root
    for (let index = 0; index < keys.length; index++) {
      step = step.next.get(keys[index]!)
      if (step === undefined) return undefined
    }
    if (step.shape !== undefined) this.#last = step.shape
    return step.shape
  }

  /** Takes the next number for a shape that was written. */
  add(keys: readonly string[]): void {
    const number = this.#count++
    this.#keys += keys.length
    if (this.#keys > rememberedKeys) return
    let step = this.#root
    for (const key of keys) {
      let next = step.next.get(key)
      if (next === undefined) {
        next = { next: new Map(), shape: undefined }
        step.next.set(key, next)
      }
      step = next
    }
    this.#last = step.shape = { number, keys }
  }

  /** Takes the next number for a shape that will not come again. */
  skip(): void {
    this.#count++
  }
}

function sameKeys(known: readonly string[], keys: readonly string[]): boolean {
  if (known.length !== keys.length) return false
  for (let index = 0; index < keys.length; index++) {
    if (known[index] !== keys[index]) return false
  }
  return true
}
