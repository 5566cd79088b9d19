/** A flow collection that is open; of a map, whether the value of its pair in progress is counted. */
interface Flow {
  readonly isMap: boolean
  hasValue: boolean
}

/**
 * Counts the values of a YAML text by its lexemes, as long as they are read: never more than there are, and nearly all.
 * Each dash and each colon stands for one, a question mark for that of its colon, which need not come, and each comma for
 * one of a list or of a pair without these.
 */
export class ValueCount {
  /** Values so far; the root and the last one of a flow collection are not among them. */
  values = 0
  readonly #flows: Flow[] = []
  #isScalar = false
  #isCountedAhead = false

  take(lexeme: string): void {
    if (this.#isScalar) this.#isScalar = false
    else if (lexeme === "\x1f") this.#isScalar = true
    else if (lexeme === "-") this.values++
    else if (lexeme === "?") this.#question()
    else if (lexeme === ":") this.#colon()
    else if (lexeme === ",") this.#comma()
    else if (lexeme === "[" || lexeme === "{")
      this.#flows.push({ isMap: lexeme === "{", hasValue: false })
    else if (lexeme === "]" || lexeme === "}") this.#flows.pop()
  }

  #question(): void {
    this.#pair()
    this.#isCountedAhead = true
  }

  #colon(): void {
    // Between the two is a key, and no other pair: keys that are collections are refused in the end.
    if (!this.#isCountedAhead) this.#pair()
    this.#isCountedAhead = false
  }

  #pair(): void {
    const flow = this.#flows.at(-1)
    if (flow !== undefined) flow.hasValue = true
    this.values++
  }

  #comma(): void {
    const flow = this.#flows.at(-1)
    if (flow === undefined) return
    if (!flow.isMap || !flow.hasValue) this.values++
    flow.hasValue = false
    this.#isCountedAhead = false
  }
}
