/** Keeps the `most` newest of what is put into it, each with its key. */
export class Newest<K, V> extends Map<K, readonly [K, V]> {
  readonly #most: number
  /** What there was some time ago, the oldest last: to look for the first of a map, the engine walks over all that have gone. */
  #line: (readonly [K, V])[] = []

  constructor(most: number) {
    super()
    this.#most = most
  }

  /** Makes `key` the newest. */
  put(key: K, value: V): void {
    this.delete(key)
    this.set(key, [key, value])
    while (this.size > this.#most) {
      const oldest = this.#line.pop()
      if (!oldest) this.#line = [...this.values()].reverse()
      // Else it has gone, or was put anew.
      else if (this.get(oldest[0]) === oldest) this.delete(oldest[0])
    }
  }

  override clear(): void {
    super.clear()
    this.#line = []
  }
}
