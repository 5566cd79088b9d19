import { PersistError } from "@persist/atomic"

/**
 * Compiles a glob to a test of keys: `*` and `?` match inside a segment, `**` across segments
 * (with a slash behind it, also nothing), `[a-z]` and `[!a-z]` one character, `{a,b}` either,
 * `\` takes the next character as it is. A leading dot is nothing special.
 *
 * Runs in time linear in key times pattern: the pattern is matched as a set of states.
 *
 * @throws `ERR_PERSIST_INVALID_ARGUMENT` for an unclosed `[` or `{`.
 */
export function globMatcher(pattern: string): (key: string) => boolean {
  const alternatives = expandBraces(pattern).map(parse)
  return (key) => {
    const characters = Array.from(key)
    return alternatives.some((tokens) => matches(tokens, characters))
  }
}

type Token = { readonly repeat: boolean; readonly test: (character: string) => boolean } | "slashes"

const maxAlternatives = 1024

function expandBraces(pattern: string): string[] {
  let depth = 0
  let start = -1
  const commas: number[] = []
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]
    if (character === "\\") index++
    else if (character === "{" && depth++ === 0) start = index
    else if (character === "," && depth === 1) commas.push(index)
    else if (character === "}" && depth > 0 && --depth === 0) {
      const bounds = [start, ...commas, index]
      const tails = expandBraces(pattern.slice(index + 1))
      const result = bounds
        .slice(1)
        .flatMap((end, part) => expandBraces(pattern.slice(bounds[part]! + 1, end)))
        .flatMap((middle) => tails.map((tail) => pattern.slice(0, start) + middle + tail))
      if (result.length > maxAlternatives) throw invalid(pattern, "it has too many alternatives")
      return result
    }
  }
  if (depth > 0) throw invalid(pattern, 'a "{" is not closed')
  return [pattern]
}

function parse(pattern: string): Token[] {
  const tokens: Token[] = []
  const characters = Array.from(pattern)
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index]!
    if (character === "*") {
      if (characters[index + 1] !== "*") {
        tokens.push({ repeat: true, test: inSegment })
        continue
      }
      while (characters[index + 1] === "*") index++
      const startsSegment = tokens.length === 0 || characters[index - 2] === "/"
      if (startsSegment && characters[index + 1] === "/") {
        tokens.push("slashes")
        index++
      } else tokens.push({ repeat: true, test: () => true })
    } else if (character === "?") tokens.push({ repeat: false, test: inSegment })
    else if (character === "[") {
      const end = closingBracket(characters, index)
      if (end < 0) throw invalid(pattern, 'a "[" is not closed')
      tokens.push({ repeat: false, test: characterClass(characters.slice(index + 1, end)) })
      index = end
    } else {
      const literal = character === "\\" ? (characters[++index] ?? "\\") : character
      tokens.push({ repeat: false, test: (other) => other === literal })
    }
  }
  return tokens
}

function inSegment(character: string): boolean {
  return character !== "/"
}

function closingBracket(characters: readonly string[], open: number): number {
  const first = characters[open + 1] === "!" || characters[open + 1] === "^" ? open + 2 : open + 1
  return characters.indexOf("]", first + 1)
}

function characterClass(body: readonly string[]): (character: string) => boolean {
  const negated = body[0] === "!" || body[0] === "^"
  const members = negated ? body.slice(1) : body
  return (character) => {
    if (character === "/") return false
    for (let index = 0; index < members.length; index++) {
      const isRange = members[index + 1] === "-" && index + 2 < members.length
      const [low, high] = [members[index]!, isRange ? members[index + 2]! : members[index]!]
      if (low <= character && character <= high) return !negated
      if (isRange) index += 2
    }
    return negated
  }
}

// A state is the index of a token; its complement (~index) is "inside a segment that `**/` skips".
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let states = withSkips(tokens, new Set([0]))
  for (const character of characters) {
    const next = new Set<number>()
    for (const state of states) {
      const token = tokens[state < 0 ? ~state : state]
      if (token === undefined) continue
      if (token === "slashes") {
        const index = state < 0 ? ~state : state
        next.add(character === "/" ? index : ~index)
      } else if (token.test(character)) next.add(token.repeat ? state : state + 1)
    }
    states = withSkips(tokens, next)
  }
  return states.has(tokens.length)
}

function withSkips(tokens: readonly Token[], states: Set<number>): Set<number> {
  for (const state of states) {
    const token = tokens[state]
    if (token === "slashes" || token?.repeat) states.add(state + 1)
  }
  return states
}

function invalid(pattern: string, reason: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `${JSON.stringify(pattern)} is not a valid pattern: ${reason}.`,
  )
}
