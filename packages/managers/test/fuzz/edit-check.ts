import { isDeepStrictEqual } from "node:util"
import type { EditOperation } from "../../src/configs/edit/text-editor.ts"
import type { ConfigFormatName } from "../../src/configs/formats/config-format.ts"
import { parsePointer } from "../../src/diff/patch.ts"
import { memberSpans, type Span } from "./member-spans.ts"

/** An edit that was made. */
export interface MadeEdit {
  readonly format: ConfigFormatName
  readonly text: string
  readonly edited: string
  readonly operation: EditOperation
  readonly before: unknown
}

/** What an edit did to bytes that it had no business with; undefined when it did nothing of the kind. */
export function harmOf(edit: MadeEdit): string | undefined {
  const { text, edited, operation, format } = edit
  if (operation.op === "add") {
    const opened = isSubsequence(text, edited) ? undefined : openedBy(edit)
    if (opened === undefined && !isSubsequence(text, edited)) return "a byte is gone"
    // What stands above the first item of a file may be the file's head.
    return operation.path === "/0" ? undefined : movedComment(text, edited, format, opened)
  }
  const spans = spansOf(edit)
  if (spans === undefined) return undefined
  const lines = spans.map((span) => wholeLine(text, span, format))
  const moved = movedComment(text, edited, format, operation.op === "remove" ? lines : spans)
  const isTables =
    format === "toml" &&
    spans.some(
      ({ start }) => text[start] === "[" && text.slice(lineStart(text, start), start).trim() === "",
    )
  const isLines = operation.op === "remove" || isTables
  // Of the dotted lines of a table that is replaced all but the first go, and their comments with them.
  const outside = without(text, isLines ? lines : [...spans.slice(0, 1), ...lines.slice(1)])
  // A tag or an anchor goes with its value.
  const stays = [outside, outside.replace(/[!&]\S+\s/g, "")]
  if (!stays.some((one) => isSubsequence(bare(one, operation.op), bare(edited))))
    return "something beside it is gone"
  if (operation.op === "remove") {
    const added =
      / ?(\[\]|\{\}|null(?! = ))|(\[[^\]\r\n]*\]\r?\n)?[^\r\n]+? = (\{\}|\[\])(\r?\n)*|^[\uFEFF \t]*\[.*\]/gm
    const isShrunk = [edited, edited.replace(added, "")].some((one) =>
      isSubsequence(bare(one), bare(text)),
    )
    return isShrunk ? moved : "something was put in"
  }
  if (isTables || (format === "toml" && spans.length > 1)) return moved
  const whole = memberSpans(format, text, parsePointer(operation.path), true)
  const [first, last] = [whole?.[0] ?? spans[0]!, spans.at(-1)!]
  // An empty line at the end of a "+" block is the value's own, and a value may begin below its dash.
  const isKept = format === "yaml" && /[|>]\d?\+/.test(text.slice(first.start, last.end))
  const isBelow =
    format === "yaml" && /(^|\n)\s*(?:- +)*-\s*(#.*\s+)*$/.test(text.slice(0, first.start))
  if (isKept || isBelow) return moved
  const above = text.slice(0, lineStart(text, first.start))
  const below = text.slice(lineEnd(text, last.end)).replace(/^(\r\n|\r|\n)/, "")
  if (!edited.startsWith(above)) return "something above it changed"
  if (spans.length === 1 && !edited.endsWith(below)) return "something below it changed"
  return moved
}

/**
 * What stood for the container, where nothing else went: in YAML what comes into an empty one takes the place of
 * its brackets, and what comes into what an alias stands for the place of that.
 */
function openedBy({ format, text, edited, operation }: MadeEdit): readonly Span[] | undefined {
  if (format !== "yaml") return undefined
  const path = parsePointer(operation.path).slice(0, -1)
  const root = /[[{]\s*[\]}]/.exec(text)
  const whole = root && [{ start: root.index, end: root.index + root[0].length }]
  for (let depth = path.length; depth >= 0; depth--) {
    const spans = depth === 0 ? whole : memberSpans(format, text, path.slice(0, depth), false)
    if (!spans) continue
    const shown = spans.map(({ start, end }) => text.slice(start, end)).join("")
    const isEmpty = depth === path.length && /^[[{]\s*[\]}]$/.test(shown)
    if (!isEmpty && !/^\*\S+$/.test(shown)) return undefined
    return isSubsequence(bare(without(text, spans)), bare(edited)) ? spans : undefined
  }
  return undefined
}

/** Undefined where an equal neighbour may stand for the item. */
function spansOf({ format, text, operation, before }: MadeEdit): Span[] | undefined {
  const path = parsePointer(operation.path)
  const hasEquals = (items: readonly unknown[]) =>
    items.some((one, at) => items.slice(at + 1).some((other) => isDeepStrictEqual(one, other)))
  let outer: unknown = before
  if (Array.isArray(outer) && hasEquals(outer)) return undefined
  for (const name of path.slice(0, -1)) {
    outer = (outer as Record<string, unknown>)[name]
    if (Array.isArray(outer) && hasEquals(outer)) return undefined
  }
  if (Array.isArray(outer) && operation.op === "remove") {
    const items: readonly unknown[] = outer
    const gone = items[Number(path.at(-1))]
    // Items are told apart by what identifies them, not by their place.
    if (items.filter((one) => typeof one === typeof gone && typeof one === "object").length > 1)
      return undefined
  }
  return memberSpans(format, text, path, operation.op === "remove")
}

function without(text: string, spans: readonly Span[]): string {
  let result = ""
  let at = 0
  for (const { start, end } of spans) {
    if (start > at) result += text.slice(at, start)
    at = Math.max(at, end)
  }
  return result + text.slice(at)
}

/** A comment on a line that is removed goes with it; what stands between a value and its comma is the value's. */
function wholeLine(text: string, span: Span, format: ConfigFormatName): Span {
  const isSlashes = format === "json" || format === "jsonc"
  const start = format === "yaml" ? dashBefore(text, span.start) : span.start
  const isFirst = /^[\s-]*(?:[!&]\S+\s+)*$/.test(text.slice(lineStart(text, start), start))
  let end = afterTrivia(text, span.end, isSlashes, false)
  const hasComma = text[end] === ","
  if (!hasComma && !isFirst) return { start, end: span.end }
  end = hasComma ? end + 1 : span.end
  return { start, end: isFirst ? afterTrivia(text, end, isSlashes, true) : end }
}

/** In YAML comments may stand between a dash, with the item's tag and anchor, and its item: where the dash is; else `start`. */
function dashBefore(text: string, start: number): number {
  for (let from = lineStart(text, start), to = start; ; ) {
    const line = text.slice(from, to)
    if (to < start && /^[ \t]*(?:- *)*-[ \t]*(?:[!&]\S+[ \t]*)*(?:#|$)/.test(line.trimEnd()))
      return from + line.indexOf("-")
    if (!/^\s*(?:#|$)/.test(line) || from === 0) return start
    to = from
    from = lineStart(text, from - 1)
  }
}

/** Behind the white space and comments at `offset`; with `isLine` only as far as the line goes. */
function afterTrivia(text: string, offset: number, isSlashes: boolean, isLine: boolean): number {
  let at = offset
  for (;;) {
    while (at < text.length && (isLine ? /[ \t]/ : /\s/).test(text[at]!)) at++
    if (isSlashes ? text.startsWith("//", at) : text[at] === "#") at = lineEnd(text, at)
    else if (isSlashes && text.startsWith("/*", at)) at = text.indexOf("*/", at) + 2
    else return at
  }
}

/** What is not white space; one comma more or less is no harm where a member goes. */
function bare(text: string, op?: string): string {
  const dense = text.replace(/[\s\ufeff]+/g, "")
  return op === "remove" ? dense.replaceAll(/[,-]/g, "") : dense
}

function isSubsequence(short: string, long: string): boolean {
  let at = 0
  for (let index = 0; index < long.length && at < short.length; index++) {
    if (long[index] === short[at]) at++
  }
  return at === short.length
}

/** Comments belong to what stands before them on their line, or else to what comes next. */
function movedComment(
  text: string,
  edited: string,
  format: ConfigFormatName,
  gone: readonly Span[] | undefined,
): string | undefined {
  for (const match of text.matchAll(/(?:#|\/\/|\/\*) c\d+/g)) {
    const at = match.index
    if (gone?.some(({ start, end }) => at >= lineStart(text, start) && at <= lineEnd(text, end)))
      continue
    const now = edited.search(new RegExp(`${match[0].replace(/[/*]/g, "\\$&")}(?!\\d)`))
    if (now < 0) return `the comment ${match[0]} is gone`
    const beside = (all: string, offset: number) =>
      all.slice(lineStart(all, offset), offset).trim().replace(/,$/, "").trim()
    const [was, is] = [beside(text, at), beside(edited, now)]
    // Behind a comma that begins a line it belongs to what the comma ends.
    const isBehindComma = text.slice(lineStart(text, at), at).trim() === ","
    const isLast = !match[0].startsWith("/*")
    if (
      gone === undefined &&
      isLast &&
      /[^\]})[({,]$/.test(was) &&
      !(format === "yaml" ? is.includes(lastWord(was)) : is.endsWith(lastWord(was)))
    )
      return `the comment ${match[0]} stands beside something else`
    if (was === "" && is !== "") return `the comment ${match[0]} lost its line`
    // In YAML what looks like a comment may be a line of the text above it.
    const [next, follower] = [nextLine(text, at), nextLine(edited, now)]
    const isKnown =
      gone === undefined &&
      was === "" &&
      isLast &&
      !isBehindComma &&
      format !== "yaml" &&
      /^["'\w](?!.*\*\/)/.test(next)
    if (isKnown && firstWord(next) !== firstWord(follower)) {
      return `the comment ${match[0]} stands before something else`
    }
  }
  return undefined
}

function firstWord(line: string): string {
  return /^[^=:,[\]{}/#]*/.exec(line)![0].trim()
}

function lastWord(text: string): string {
  const last = /"[^"\w]*"\s*:?$/.exec(text) ?? /[\w.]+\W*$/.exec(text)
  return last?.[0].replace(/,$/, "") ?? text.slice(-1)
}

function nextLine(text: string, offset: number): string {
  const end = lineEnd(text, offset)
  return text
    .slice(end)
    .replace(/^[\r\n]+/, "")
    .split(/[\r\n]/, 1)[0]!
    .trim()
}

function lineStart(text: string, offset: number): number {
  if (offset <= 0) return 0
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1
}

function lineEnd(text: string, offset: number): number {
  const found = /[\r\n]/.exec(text.slice(offset))
  return found === null ? text.length : offset + found.index
}
