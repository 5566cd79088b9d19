import type { Splice } from "./splice.ts"
import {
  afterLineBreak,
  indentation,
  isFirstOnLine,
  isLastOnLine,
  lineEnd,
  lineStart,
  type TextStyle,
} from "./text-style.ts"
import { type CommentEnd, lineTrivia } from "./trivia.ts"

/** One member between brackets. */
export interface FlowChild {
  readonly start: number
  readonly end: number
  /** Offset of the comma behind it. */
  readonly comma: number | undefined
}

/** What stands between a pair of brackets, separated by commas. */
export interface FlowContainer {
  /** Offset of the opening bracket. */
  readonly open: number
  /** Offset of the closing bracket. */
  readonly close: number
  readonly children: readonly FlowChild[]
}

/** How a format writes between brackets. */
export interface FlowSyntax {
  readonly commentEnd: CommentEnd
  /** Whether an empty container may be opened over several lines. */
  readonly isMultiline: boolean
  /** What stands inside the brackets of a container on one line. */
  readonly padding: string
  /** What stands behind a comma on one line, where no two members show it. @default one space */
  readonly gap?: string
}

/** Adds `item` as the member `index`; comments stay with the members that they stood with. */
export function insertInFlow(
  text: string,
  container: FlowContainer,
  index: number,
  item: string,
  syntax: FlowSyntax,
  style: TextStyle,
): Splice[] {
  const { open, children } = container
  const first = children[0]
  if (first === undefined) return insertFirst(text, container, item, syntax, style)
  const isMultiline = hasLineBreak(text, open + 1, first.start)
  const separator = isMultiline
    ? style.eol + childIndent(text, container, style)
    : (gapIn(text, children) ?? syntax.gap ?? " ")
  if (index === 0) {
    if (!isMultiline) return [insertion(first.start, `${item},${separator}`)]
    return [insertion(lineTrivia(text, open + 1, syntax.commentEnd).end, `${separator}${item},`)]
  }
  const before = children[index - 1]!
  const isTrailing = before.comma === undefined
  const trivia = lineTrivia(text, isTrailing ? before.end : before.comma + 1, syntax.commentEnd)
  const isCommented = trivia.end > (before.comma ?? before.end - 1) + 1
  const lead = trivia.isToLineEnd
    ? style.eol + childIndent(text, container, style)
    : separator || (isCommented ? " " : "")
  const added = insertion(trivia.end, `${lead}${item}${isTrailing ? "" : ","}`)
  if (!isTrailing) return [added]
  if (trivia.end === before.end) return [insertion(before.end, `,${added.text}`)]
  return [insertion(before.end, ","), added]
}

/** What stands behind the last comma, if that tells anything. */
function gapIn(text: string, children: readonly FlowChild[]): string | undefined {
  const [one, other] = children.slice(-2)
  if (one?.comma === undefined || other === undefined) return undefined
  const gap = text.slice(one.comma + 1, other.start)
  return /^ ?$/.test(gap) ? gap : undefined
}

function insertFirst(
  text: string,
  { open, close }: FlowContainer,
  item: string,
  { commentEnd, isMultiline, padding }: FlowSyntax,
  style: TextStyle,
): Splice[] {
  const outer = indentation(text, open)
  const space = text.slice(open + 1, close)
  if (space.trim() === "") {
    if (hasLineBreak(space, 0, space.length)) {
      return [insertion(open + 1, `${style.eol}${outer}${style.unit}${item}`)]
    }
    if (space !== "") return [insertion(open + 1, space + item)]
    const inside = isMultiline
      ? `${style.eol}${outer}${style.unit}${item}${style.eol}${outer}`
      : `${padding}${item}${padding}`
    return [insertion(open + 1, inside)]
  }
  const end = lastCommentEnd(text, open + 1, close, commentEnd)
  const needsLine = hasLineBreak(text, end, close)
  return [insertion(end, needsLine ? `${style.eol}${outer}${style.unit}${item}` : ` ${item}`)]
}

/** Removes the member `index`, with the comments behind it when its line holds nothing else. */
export function removeFromFlow(
  text: string,
  container: FlowContainer,
  index: number,
  { commentEnd }: FlowSyntax,
): Splice[] {
  const { open, close, children } = container
  const child = children[index]!
  const [before, after] = [children[index - 1], children[index + 1]]
  const end = child.comma === undefined ? child.end : child.comma + 1
  const trivia = lineTrivia(text, end, commentEnd)
  const dropComma =
    child.comma === undefined && before?.comma !== undefined
      ? [{ start: before.comma, end: before.comma + 1, text: "" }]
      : []
  const isAlone = isFirstOnLine(text, child.start) && isLastOnLine(text, trivia.end)
  if (children.length === 1) {
    const inside = text.slice(open + 1, child.start) + text.slice(isAlone ? trivia.end : end, close)
    if (inside.trim() === "") return [{ start: open + 1, end: close, text: "" }]
  }
  if (isAlone) {
    const start = lineStart(text, child.start)
    return [...dropComma, { start, end: afterLineBreak(text, lineEnd(text, trivia.end)), text: "" }]
  }
  if (children.length === 1) return [{ start: spaceStart(text, child.start, end), end, text: "" }]
  if (after !== undefined) {
    const isClear = text.slice(end, after.start).trim() === ""
    return [{ start: child.start, end: isClear ? after.start : end, text: "" }]
  }
  const gapStart = child.comma === undefined ? before!.comma! : before!.comma! + 1
  const isClear = text.slice(before!.comma! + 1, child.start).trim() === ""
  if (isClear) return [{ start: gapStart, end, text: "" }]
  return [...dropComma, { start: spaceStart(text, child.start, end), end, text: "" }]
}

/** Where what is removed begins: with the spaces between a comment and it, where others follow it. */
function spaceStart(text: string, start: number, end: number): number {
  if (!/\s/.test(text[end]!)) return start
  let from = start
  while (text[from - 1] === " " || text[from - 1] === "\t") from--
  return text.startsWith("*/", from - 2) ? from : start
}

function lastCommentEnd(text: string, from: number, to: number, commentEnd: CommentEnd): number {
  let last = from
  for (let at = from; at < to; ) {
    const end = commentEnd(text, at)
    if (end > at) last = end
    at = Math.max(end, at + 1)
  }
  return last
}

function childIndent(text: string, { open, children }: FlowContainer, style: TextStyle): string {
  const aligned = children.find(({ start }) => isFirstOnLine(text, start))
  return aligned ? indentation(text, aligned.start) : indentation(text, open) + style.unit
}

function hasLineBreak(text: string, from: number, to: number): boolean {
  return /[\r\n]/.test(text.slice(from, to))
}

function insertion(offset: number, text: string): Splice {
  return { start: offset, end: offset, text }
}
