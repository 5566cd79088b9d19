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

/**
 * Offset of the value of the member `name` of the object at `open`, -1 when there is none. Hot path:
 * makes no list of the members.
 *
 * @throws RangeError when the name stands there twice: readers disagree on which one counts.
 */
export function findMember(text: string, open: number, name: string): number {
  const quoted = JSON.stringify(name)
  let found = -1
  let at = skipTrivia(text, open + 1, slashComments)
  while (at < text.length && text.charCodeAt(at) !== 0x7d) {
    const keyEnd = skipString(text, at)
    const isSame =
      keyEnd - at === quoted.length
        ? text.startsWith(quoted, at) || isEscaped(text, at, keyEnd, name)
        : isEscaped(text, at, keyEnd, name)
    const value = skipTrivia(text, skipTrivia(text, keyEnd, slashComments) + 1, slashComments)
    if (isSame && found >= 0) throw new RangeError(`"${name}" stands there twice`)
    if (isSame) found = value
    at = skipTrivia(text, skipValue(text, value), slashComments)
    if (text.charCodeAt(at) === 0x2c) at = skipTrivia(text, at + 1, slashComments)
  }
  return found
}

/** Whether the key there is `name` in other words, such as with `\\u0061` for `a`. */
function isEscaped(text: string, start: number, end: number, name: string): boolean {
  const key = text.slice(start, end)
  return key.includes("\\") && JSON.parse(key) === name
}

/** Offset of the value at `path` below the one at `root`. @throws RangeError when there is none. */
export function findValue(text: string, root: number, path: readonly string[]): number {
  let at = root
  for (const name of path) {
    const isArray = text.charCodeAt(at) === 0x5b
    if (!isArray && text.charCodeAt(at) !== 0x7b) at = -1
    else if (isArray) at = scanContainer(text, at)?.children[Number(name)]?.value ?? -1
    else at = findMember(text, at, name)
    if (at < 0) throw new RangeError("there is no value at the path")
  }
  return at
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
