import type { Scalar } from "yaml"
import { yamlParser } from "../formats/lazy-parsers.ts"
import type { Splice } from "./splice.ts"
import { lineEnd, type TextStyle } from "./text-style.ts"
import { yamlStyle } from "./yaml-print.ts"

/** What comes in the place of a block scalar. */
export interface BlockReplacement {
  readonly value: unknown
  /** The value on one line. */
  readonly inline: string
  /** The value below the line of its key, where it is a collection that looks better there. */
  readonly onLines: string | undefined
}

/**
 * Replaces a text below `|` or `>`: by one in the same style where that can hold it. A comment behind
 * its head stays.
 *
 * @param place The column of its key or dash, and where its last character ends.
 */
export function* replaceBlockScalar(
  text: string,
  node: Scalar,
  place: { readonly column: number; readonly end: number },
  { value, inline, onLines }: BlockReplacement,
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const from = node.range![0]
  const headEnd = from + /^[|>][-+\d]*/.exec(text.slice(from, from + 4))![0].length
  const firstLine = lineEnd(text, from)
  const below = text.slice(firstLine, place.end).split(/\r\n|\r|\n/)
  const put = (head: string, body: string, end = headEnd): Splice[] => [
    { start: from, end, text: head },
    { start: firstLine, end: Math.max(place.end, firstLine), text: body },
  ]
  if (typeof value === "string") {
    const old = { type: node.type!, head: text.slice(from, headEnd), below, column: place.column }
    const [head, ...lines] = blockLines(value, old, style) ?? []
    const isLast = place.end === text.length && value.endsWith("\n")
    const body = lines.map((line) => style.eol + line).join("") + (isLast ? style.eol : "")
    if (head !== undefined) yield put(head, body)
  }
  const comment = text.indexOf("#", headEnd)
  if (comment < 0 || comment > firstLine) return
  yield onLines === undefined ? put(inline, "") : put("", onLines, comment)
}

interface OldBlock {
  readonly type: Scalar.Type
  readonly head: string
  readonly below: readonly string[]
  readonly column: number
}

/** Head and lines of `value` in the style of an old block; undefined where only quotes can hold it. */
function blockLines(value: string, old: OldBlock, style: TextStyle): string[] | undefined {
  if (!isPrintable.test(value) || value.trim() === "") return undefined
  const digit = /\d/.exec(old.head)?.[0]
  const depth = digit === undefined ? depthOf(old, style) : Number(digit)
  const scalar = new (yamlParser().Scalar)(value)
  scalar.type = old.type
  // Printed below a key, where what stands two deep here stands `depth` behind its column.
  const isFolded = old.type === "BLOCK_FOLDED"
  const longest = isFolded ? widthOf(old.below) : 0
  const lineWidth = longest === 0 ? 0 : Math.max(longest - old.column - depth + 2, 40)
  const printed = yamlParser().stringify({ k: scalar }, { ...yamlStyle, lineWidth, indent: 2 })
  const [first, ...lines] = printed.replace(/\n$/, "").split("\n")
  const found = /^k: ([|>])(2?)([-+]?)$/.exec(first!)
  if (found === null || depth < 1 || depth > 9) return undefined
  const [, kind, indicator, chomping] = found
  const isKept = chomping === "" && old.head.includes("+")
  const indent = " ".repeat(old.column + depth)
  return [
    `${kind}${digit ?? (indicator && depth)}${isKept ? "+" : chomping}`,
    ...lines.map((line) => (line === "" ? "" : indent + line.slice(2))),
  ]
}

/** What readers of every version take for itself where nothing is escaped. */
const isPrintable =
  /^[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u

/** How much deeper than its key the text stands. */
function depthOf({ below, column }: OldBlock, style: TextStyle): number {
  const first = below.find((line) => line.trim() !== "")
  if (first !== undefined) return /^ */.exec(first)![0].length - column
  return /^ {2,8}$/.test(style.unit) ? style.unit.length : 2
}

/** How long lines may become where text was folded, 80 at least; 0 where it was not. */
function widthOf(lines: readonly string[]): number {
  const isFolded = lines.some((line, index) => /\S/.test(line) && /\S/.test(lines[index + 1] ?? ""))
  return isFolded ? lines.reduce((width, { length }) => Math.max(width, length), 80) : 0
}
