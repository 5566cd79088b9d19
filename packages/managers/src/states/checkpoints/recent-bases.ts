import type { Base } from "./checkpoint-content.ts"

/** A checkpoint that was added last, as far as this program knows. */
export interface RecentBase extends Base {
  /** The revision of the state that names it, or of a later one of ours that nobody else came before. */
  revision?: string
}

/** Bytes, as they are stored: so much is kept in memory, and always the one that came last. */
const most = 1 << 25

/** The newest checkpoints of the states that were saved last, so that the next of each need not read its base. */
export class RecentBases {
  readonly #most: number
  /** By state, the one that was used last at the end. */
  readonly #bases = new Map<string, { readonly base: RecentBase; readonly size: number }>()
  #size = 0

  constructor(mostBytes: number = most) {
    this.#most = mostBytes
  }

  get(name: string): RecentBase | undefined {
    return this.#bases.get(name)?.base
  }

  set(name: string, base: RecentBase, size: number): void {
    this.delete(name)
    this.#bases.set(name, { base, size })
    this.#size += size
    for (const oldest of this.#bases.keys()) {
      if (this.#size <= this.#most || oldest === name) return
      this.delete(oldest)
    }
  }

  /** Notes the revision of the state that names the checkpoint `id`. */
  named(name: string, id: string, revision: string): void {
    const recent = this.get(name)
    if (recent?.id === id) recent.revision = revision
  }

  /** Notes that the state went from one revision to another, and none in between. */
  moved(name: string, from: string, to: string): void {
    const recent = this.get(name)
    if (recent?.revision === from) recent.revision = to
  }

  delete(name: string): void {
    this.#size -= this.#bases.get(name)?.size ?? 0
    this.#bases.delete(name)
  }
}
