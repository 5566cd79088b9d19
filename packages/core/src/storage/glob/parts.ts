import { PersistError } from "@persist/atomic"

/** One place of a pattern: a literal character, `"*"`, an escaped star `"\\*"`, or a set of characters. */
export type Part = string | { test(character: string): boolean }

const maxAlternatives = 1024
const maxDepth = 32

/** Takes a pattern apart: one list of parts for every choice that its braces leave. */
export function partsOf(pattern: string): Part[][] {
  if (typeof pattern !== "string") {
    throw new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `The pattern is ${pattern === null ? "null" : typeof pattern}; give a string.`,
    )
  }
  return new Parser(pattern).parse()
}

const single = { test: (character: string) => character !== "/" }

class Parser {
  readonly #pattern: string
  readonly #characters: readonly string[]
  #index = 0

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#characters = Array.from(pattern)
  }

  parse(): Part[][] {
    return this.#sequence(0)
  }

  /** Reads up to the end, or inside braces up to the next `,` or `}`. */
  #sequence(depth: number): Part[][] {
    let alternatives: Part[][] = [[]]
    for (; this.#index < this.#characters.length; this.#index++) {
      const character = this.#characters[this.#index]!
      if (depth > 0 && (character === "," || character === "}")) break
      const choices = character === "{" ? this.#braces(depth + 1) : [[this.#part(character)]]
      if (alternatives.length * choices.length > maxAlternatives) {
        throw this.#invalid(`it leaves more than ${maxAlternatives} choices`)
      }
      alternatives = alternatives.flatMap((left) => choices.map((right) => [...left, ...right]))
    }
    return alternatives
  }

  /** From `{` to its `}`. */
  #braces(depth: number): Part[][] {
    if (depth > maxDepth) throw this.#invalid("its braces are nested too deeply")
    const choices: Part[][] = []
    do {
      this.#index++
      choices.push(...this.#sequence(depth))
    } while (this.#characters[this.#index] === ",")
    if (this.#characters[this.#index] !== "}") throw this.#invalid('a "{" is not closed')
    return choices
  }

  #part(character: string): Part {
    if (character === "?") return single
    if (character === "[") return this.#set()
    if (character !== "\\") return character
    const escaped = this.#characters[this.#index + 1]
    if (escaped === undefined) return "\\"
    this.#index++
    return escaped === "*" ? "\\*" : escaped
  }

  /** From `[` to its `]`; a `]` that comes first is a member. */
  #set(): Part {
    const isNegated = ["!", "^"].includes(this.#characters[this.#index + 1] ?? "")
    if (isNegated) this.#index++
    const ranges: [low: number, high: number][] = []
    for (;;) {
      const low = this.#member()
      if (low === undefined) throw this.#invalid('a "[" is not closed')
      if (low === "]" && ranges.length > 0) break
      const isRange =
        this.#characters[this.#index + 1] === "-" && this.#characters[this.#index + 2] !== "]"
      if (isRange) this.#index++
      const high = isRange ? this.#member() : low
      if (high === undefined) throw this.#invalid('a "[" is not closed')
      ranges.push([codeOf(low), codeOf(high)])
    }
    return {
      test(character) {
        if (character === "/") return false
        const code = character.codePointAt(0)!
        return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated
      },
    }
  }

  /** The next character of a set; an escaped one keeps its backslash in front. */
  #member(): string | undefined {
    this.#index++
    const character = this.#characters[this.#index]
    if (character !== "\\") return character
    this.#index++
    const escaped = this.#characters[this.#index]
    return escaped === undefined ? undefined : `\\${escaped}`
  }

  #invalid(reason: string): PersistError {
    return new PersistError(
      "ERR_PERSIST_INVALID_ARGUMENT",
      `${JSON.stringify(this.#pattern)} is not a valid pattern: ${reason}.`,
    )
  }
}

/** The code point of a member, without the backslash that says that it was escaped. */
function codeOf(member: string): number {
  const isEscaped = member.length > 1 && member.startsWith("\\")
  return member.codePointAt(isEscaped ? 1 : 0)!
}
