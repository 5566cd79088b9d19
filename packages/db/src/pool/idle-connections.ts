/**
 * Connections that nobody uses. The last one that came is the first one to go, so that those at the bottom are more
 * than is needed: what lies there for a whole `life` is closed.
 */
export class IdleConnections<C> {
  readonly #stack: C[] = []
  readonly #life: number | undefined
  readonly #close: (connection: C) => void
  /** How few there were since the timer was set: so many have not been touched. */
  #fewest = 0
  #timer: NodeJS.Timeout | undefined

  /** @param life Milliseconds after which one is closed, at most twice as many; `undefined`: never. */
  constructor(life: number | undefined, close: (connection: C) => void) {
    this.#life = life
    this.#close = close
  }

  get size(): number {
    return this.#stack.length
  }

  push(connection: C): void {
    this.#stack.push(connection)
    if (this.#timer === undefined && this.#life !== undefined) this.#watch(this.#life)
  }

  pop(): C | undefined {
    const connection = this.#stack.pop()
    if (this.#stack.length < this.#fewest) this.#fewest = this.#stack.length
    return connection
  }

  /** Takes all of them. */
  clear(): C[] {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return this.#stack.splice(0)
  }

  #watch(life: number): void {
    this.#fewest = this.#stack.length
    this.#timer = setTimeout(() => {
      for (const connection of this.#stack.splice(0, this.#fewest)) this.#close(connection)
      this.#timer = undefined
      if (this.#stack.length > 0) this.#watch(life)
    }, life).unref()
  }
}
