/**
 * A bounded map for what is expensive to make again. Two generations: what was not used while the
 * young one filled up is dropped, so a hit costs one look-up and no bookkeeping.
 */
export class StatementCache<V> {
  readonly #capacity: number
  readonly #drop: ((value: V, key: string) => void) | undefined
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  /** Keeps at most `capacity` entries, at least half of them; `drop` sees each one that leaves. */
  constructor(capacity: number, drop?: (value: V, key: string) => void) {
    this.#capacity = capacity
    this.#drop = drop
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    if (this.#capacity === 0) return
    this.#young.set(key, value)
    if (this.#young.size < Math.max(1, Math.ceil(this.#capacity / 2))) return
    this.#dropAll(this.#old)
    this.#old = this.#young
    this.#young = new Map()
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#dropAll(this.#old)
    this.#dropAll(this.#young)
    this.#old = new Map()
    this.#young = new Map()
  }

  #dropAll(generation: Map<string, V>): void {
    if (this.#drop === undefined) return
    for (const [key, value] of generation) this.#drop(value, key)
  }
}
