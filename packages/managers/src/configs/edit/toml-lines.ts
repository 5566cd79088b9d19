import { withEmptyLines } from "./empty-lines.ts"
import type { Splice } from "./splice.ts"
import {
  afterLineBreak,
  beforeLineBreak,
  indentation,
  lineEnd,
  lineStart,
  type TextStyle,
} from "./text-style.ts"
import type { TomlIndex } from "./toml-index.ts"
import type { TomlSection, TomlText } from "./toml-tree.ts"

/** A path as headers name it: without the places in arrays of tables. */
export function headerPath(index: TomlIndex, path: readonly string[]): string[] {
  return path.filter((_, place) => !index.isItem(path.slice(0, place + 1)))
}

/** Where the last section at or below `path` ends; the end of the text when there is none. */
export function groupEnd({ text, index }: TomlText, path: readonly string[]): number {
  const last = path.length > 0 ? index.below(path).sections.at(-1) : undefined
  return last === undefined ? text.length : sectionEnd(text, last)
}

export function sectionEnd(text: string, { node, definitions }: TomlSection): number {
  const last = definitions.at(-1)?.node.range[1]
  return lineEnd(text, last ?? headerEnd(text, node!.range[0]))
}

function headerEnd(text: string, start: number): number {
  return lineEnd(text, start)
}

export function sectionLines(text: string, section: TomlSection): Splice {
  const start = lineStart(text, section.node!.range[0])
  return { start, end: afterLineBreak(text, sectionEnd(text, section)), text: "" }
}

export function lines(text: string, [from, to]: readonly [number, number]): Splice {
  return { start: lineStart(text, from), end: afterLineBreak(text, lineEnd(text, to)), text: "" }
}

/**
 * Removals of lines, one for each stretch of them: with the empty lines above it where none would be left to
 * part, so that tables which come and go leave nothing behind.
 */
export function stretches(text: string, removed: readonly Splice[]): Splice[] {
  const joined: Splice[] = []
  for (const splice of removed.toSorted((one, other) => one.start - other.start)) {
    const last = joined.at(-1)
    const isNext = last && text.slice(last.end, splice.start).trim() === ""
    if (isNext) joined[joined.length - 1] = { ...last, end: Math.max(last.end, splice.end) }
    else joined.push(splice)
  }
  return joined.map((splice) => withEmptyLines(text, splice))
}

export function addLine(
  toml: TomlText,
  section: TomlSection,
  line: string,
  style: TextStyle,
): Splice[] {
  const { text } = toml
  const last = section.definitions.at(-1)
  if (last) return insertAfter(text, last.node.range, line, style)
  if (section.node) return [inserted(headerEnd(text, section.node.range[0]), style.eol + line)]
  return [addFirstLine(toml, line, style)]
}

/** The first definition before all headers: above the comments that belong to the first header. */
function addFirstLine({ text, sections }: TomlText, line: string, { eol }: TextStyle): Splice {
  const header = sections[1]?.node
  if (header === undefined) {
    const needsBreak = text !== "" && !/[\r\n]$/.test(text)
    return inserted(text.length, `${needsBreak ? eol : ""}${line}${eol}`)
  }
  let start = lineStart(text, header.range[0])
  while (start > 0) {
    const above = lineStart(text, beforeLineBreak(text, start))
    if (!text.slice(above, start).trim().startsWith("#")) break
    start = above
  }
  return inserted(start, `${line}${eol}${eol}`)
}

export function insertAfter(
  text: string,
  [from, to]: readonly [number, number],
  line: string,
  { eol }: TextStyle,
): Splice[] {
  return [inserted(lineEnd(text, to), eol + indentation(text, from) + line)]
}

export function insertBlock(
  text: string,
  offset: number,
  block: string,
  { eol }: TextStyle,
): Splice[] {
  if (offset < text.length) return [inserted(offset, `${eol}${eol}${block}`)]
  const gap = text === "" ? "" : /[\r\n]$/.test(text) ? eol : eol + eol
  return [inserted(offset, `${gap}${block}${eol}`)]
}

function inserted(offset: number, text: string): Splice {
  return { start: offset, end: offset, text }
}
