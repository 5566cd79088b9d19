import type { Base } from "./checkpoint-content.ts"

/** Bytes, as they are stored: so much is kept in memory, and always the one that came last. */
const most = 1 << 25

/** The newest checkpoints of the states that were saved last, so that the next of each need not read its base. */
export class RecentBases {
  readonly #most: number
  /** By state, the one that was used last at the end. */
  readonly #bases = new Map<string, { readonly base: Base; readonly size: number }>()
  #size = 0

  constructor(mostBytes: number = most) {
    this.#most = mostBytes
  }

  get(name: string): Base | undefined {
    return this.#bases.get(name)?.base
  }

  set(name: string, base: Base, size: number): void {
    this.delete(name)
    this.#bases.set(name, { base, size })
    this.#size += size
    for (const oldest of this.#bases.keys()) {
      if (this.#size <= this.#most || oldest === name) return
      this.delete(oldest)
    }
  }

  delete(name: string): void {
    this.#size -= this.#bases.get(name)?.size ?? 0
    this.#bases.delete(name)
  }
}
