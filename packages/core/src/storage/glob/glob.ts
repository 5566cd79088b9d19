import { type Part, partsOf } from "./parts.ts"

/**
 * Compiles a glob to a test of keys: `*` and `?` match inside a segment, `**` across segments
 * (with a slash behind it, also nothing), `[a-z]` and `[!a-z]` one character, `{a,b}` either,
 * `\` takes the next character as it is. A leading dot is nothing special.
 *
 * Runs in time linear in key times pattern: the pattern is walked as a set of states.
 *
 * @throws `ERR_PERSIST_INVALID_ARGUMENT` for what is no string, an unclosed `[` or `{`, and too many alternatives.
 */
export function globMatcher(pattern: string): (key: string) => boolean {
  return compileGlob(pattern).matches
}

/** A compiled glob. */
export interface Glob {
  readonly matches: (key: string) => boolean
  /** What every matching key starts with: `""`, or folders with a `/` behind them. */
  readonly folder: string
}

/** `globMatcher` with the folder that all matches lie in, so that only that one has to be looked through. */
export function compileGlob(pattern: string): Glob {
  const alternatives = partsOf(pattern).map((parts) => ({
    steps: stepsOf(parts),
    prefix: literalPrefix(parts),
  }))
  const prefix = alternatives.map((alternative) => alternative.prefix).reduce(commonPrefix)
  return {
    matches: (key) =>
      alternatives.some(({ prefix, steps }) => key.startsWith(prefix) && matches(steps, key)),
    folder: prefix.slice(0, prefix.lastIndexOf("/") + 1),
  }
}

function commonPrefix(left: string, right: string): string {
  let length = 0
  while (length < left.length && left[length] === right[length]) length++
  return left.slice(0, length)
}

/** One state of the automaton: what it takes to go on from here. */
interface Step {
  readonly kind: "one" | "many" | "fork"
  /** The characters that `one` consumes, and `many` any number of. */
  test(character: string): boolean
}

const inSegment = (character: string) => character !== "/"
const slash: Step = { kind: "one", test: (character) => character === "/" }
const anything: Step = { kind: "many", test: () => true }
/** How far a fork may jump: over itself and the two steps of `**` and its slash. */
const jump = 3
const fork: Step = { kind: "fork", test: () => false }

function stepsOf(parts: readonly Part[]): Step[] {
  const steps: Step[] = []
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!
    if (part !== "*") {
      const test = typeof part === "string" ? literal(part) : part.test
      steps.push({ kind: "one", test })
      continue
    }
    const before = parts[index - 1]
    const isDouble = parts[index + 1] === "*"
    while (parts[index + 1] === "*") index++
    if (!isDouble) steps.push({ kind: "many", test: inSegment })
    else if ((before === undefined || before === "/") && parts[index + 1] === "/") {
      steps.push(fork, anything, slash)
      index++
    } else steps.push(anything)
  }
  return steps
}

function literal(wanted: string): (character: string) => boolean {
  if (wanted === "\\*") return (character) => character === "*"
  return (character) => character === wanted
}

function literalPrefix(parts: readonly Part[]): string {
  const end = parts.findIndex((part) => typeof part !== "string" || part === "*")
  const literals = parts.slice(0, end < 0 ? parts.length : end)
  return literals.map((part) => (part === "\\*" ? "*" : part)).join("")
}

function matches(steps: readonly Step[], key: string): boolean {
  let active = new Uint8Array(steps.length + 1)
  let next = new Uint8Array(steps.length + 1)
  active[0] = 1
  for (const character of key) {
    let alive = false
    next.fill(0)
    for (let state = 0; state < steps.length; state++) {
      if (active[state] === 0) continue
      const { kind, test } = steps[state]!
      if (kind !== "one") active[state + 1] = 1
      if (kind === "fork") active[state + jump] = 1
      else if (test(character)) {
        next[kind === "one" ? state + 1 : state] = 1
        alive = true
      }
    }
    if (!alive) return false
    ;[active, next] = [next, active]
  }
  for (let state = 0; state < steps.length; state++) {
    if (active[state] === 0) continue
    const { kind } = steps[state]!
    if (kind !== "one") active[state + 1] = 1
    if (kind === "fork") active[state + jump] = 1
  }
  return active[steps.length] === 1
}
