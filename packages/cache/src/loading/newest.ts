/** Keeps the `most` newest of what is put into it. */
export class Newest<K, V> extends Map<K, V> {
  readonly #most: number
  /** What there was some time ago, the oldest last: to look for the first of a map, the engine walks over all that have gone. */
  #line: [K, V][] = []

  constructor(most: number) {
    super()
    this.#most = most
  }

  /** Makes `key` the newest; `value` is none that was put for it before. */
  put(key: K, value: V): void {
    this.delete(key)
    this.set(key, value)
    if (this.size <= this.#most) return
    for (;;) {
      if (this.#line.length === 0) this.#line = [...this].reverse()
      const [oldest, had] = this.#line.pop()!
      // Else it has gone, or was put anew.
      if (this.get(oldest) === had) {
        this.delete(oldest)
        return
      }
    }
  }

  override clear(): void {
    super.clear()
    this.#line = []
  }
}
