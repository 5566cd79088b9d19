/** A flow collection that is open; of a map, whether its pair in progress has its colon. */
interface Flow {
  readonly isMap: boolean
  hasColon: boolean
}

/**
 * Counts the values of a YAML text by its lexemes, as long as they are read: never more than there are, and nearly all.
 * Each dash and each colon stands for one, and each comma for one of a list or of a pair without a colon.
 */
export class ValueCount {
  /** Values so far; the root and the last one of a flow collection are not among them. */
  values = 0
  readonly #flows: Flow[] = []
  #isScalar = false

  take(lexeme: string): void {
    if (this.#isScalar) this.#isScalar = false
    else if (lexeme === "\x1f") this.#isScalar = true
    else if (lexeme === "-") this.values++
    else if (lexeme === ":") this.#colon()
    else if (lexeme === ",") this.#comma()
    else if (lexeme === "[" || lexeme === "{")
      this.#flows.push({ isMap: lexeme === "{", hasColon: false })
    else if (lexeme === "]" || lexeme === "}") this.#flows.pop()
  }

  #colon(): void {
    const flow = this.#flows.at(-1)
    if (flow !== undefined) flow.hasColon = true
    this.values++
  }

  #comma(): void {
    const flow = this.#flows.at(-1)
    if (flow === undefined) return
    if (!flow.isMap || !flow.hasColon) this.values++
    flow.hasColon = false
  }
}
