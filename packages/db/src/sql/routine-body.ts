const makesRoutine =
  /^\s*create\s+(?:or\s+replace\s+)?(?:definer\s*=[^;]*?\s)?(?:(?:temp|temporary|aggregate|constraint)\s+)?(?:trigger|procedure|function|event)\b/i
const blockWord = /(?<![.\w])(?:begin|case|end(?:\s+(?:if|loop|while|repeat|case))?)\b/gi

/** Follows one statement: a trigger or routine has statements of its own, and ends where every block has ended. */
export class RoutineBody {
  #text = ""
  #counted = 0
  #depth = 0

  /** The next piece of the statement; of what is quoted and of comments, a blank. */
  add(text: string): void {
    this.#text += text
  }

  /** Whether a block is open, so that a semicolon here ends a statement inside. */
  get isOpen(): boolean {
    if (!makesRoutine.test(this.#text)) return false
    for (const [word] of this.#text.slice(this.#counted).matchAll(blockWord)) {
      if (/^(?:begin|case)$/i.test(word)) this.#depth++
      else if (/^end(?:\s+case)?$/i.test(word)) this.#depth--
    }
    this.#counted = this.#text.length
    return this.#depth > 0
  }
}
