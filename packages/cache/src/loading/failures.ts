/** Failed loads that are remembered for a while, at most `most` of them. */
export class Failures<K> {
  readonly #failures = new Map<K, { readonly error: unknown; readonly until: number }>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#failures.size
  }

  add(key: K, error: unknown, until: number): void {
    this.#failures.delete(key)
    if (this.#failures.size >= this.#most) {
      const [oldest] = this.#failures.keys()
      this.#failures.delete(oldest!)
    }
    this.#failures.set(key, { error, until })
  }

  find(key: K, now: number): { readonly error: unknown } | undefined {
    const failure = this.#failures.get(key)
    if (failure === undefined || now < failure.until) return failure
    this.#failures.delete(key)
    return undefined
  }

  delete(key: K): void {
    this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }
}
