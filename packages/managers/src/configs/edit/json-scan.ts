import type { FlowChild, FlowContainer } from "./flow-edit.ts"
import { skipTrivia, slashComments } from "./trivia.ts"

/** A member of a JSON object or array. */
export interface JsonChild extends FlowChild {
  /** The member's name; undefined in arrays. */
  readonly key: string | undefined
  /** Offset of the value. */
  readonly value: number
}

/** An object or array in a JSON text. */
export interface JsonContainer extends FlowContainer {
  readonly isArray: boolean
  readonly children: readonly JsonChild[]
}

/**
 * Reads the members of the container at `open` without reading into them. The text must be valid
 * JSON, comments and trailing commas allowed.
 */
export function scanContainer(text: string, open: number): JsonContainer | undefined {
  const isArray = text[open] === "["
  if (!isArray && text[open] !== "{") return undefined
  const children: JsonChild[] = []
  let at = skipTrivia(text, open + 1, slashComments)
  while (at < text.length && text[at] !== "]" && text[at] !== "}") {
    const start = at
    let key: string | undefined
    if (!isArray) {
      const keyEnd = skipString(text, at)
      key = JSON.parse(text.slice(at, keyEnd)) as string
      at = skipTrivia(text, skipTrivia(text, keyEnd, slashComments) + 1, slashComments)
    }
    const value = at
    const end = skipValue(text, at)
    at = skipTrivia(text, end, slashComments)
    const comma = text[at] === "," ? at : undefined
    if (comma !== undefined) at = skipTrivia(text, comma + 1, slashComments)
    children.push({ key, start, value, end, comma })
  }
  return { isArray, open, close: at, children }
}

/** Offset behind the value at `start`. Hot path: a large file is skipped at the speed of its brackets and strings. */
export function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === 0x22) return skipString(text, start)
  if (first !== 0x7b && first !== 0x5b) return skipWord(text, start)
  let depth = 0
  for (let at = start; at < text.length; ) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) {
      at = skipString(text, at)
      continue
    }
    if (unit === 0x2f) at = Math.max(slashComments(text, at) - 1, at)
    else if (unit === 0x7b || unit === 0x5b) depth++
    else if (unit === 0x7d || unit === 0x5d) {
      depth--
      if (depth === 0) return at + 1
    }
    at++
  }
  return text.length
}

function skipString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return end + 1
  }
  return text.length
}

function skipWord(text: string, start: number): number {
  let end = start
  while (end < text.length && !/[\s,\]}/]/.test(text[end]!)) end++
  return end
}
