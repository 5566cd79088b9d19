/** How a text is laid out, so that what is added looks like what is there. */
export interface TextStyle {
  readonly eol: string
  /** One step of indentation. */
  readonly unit: string
  /** Whether the lists of a YAML text stand no further in than their keys. */
  readonly hasLevelLists?: boolean
}

/** Reads the style of `text`: its first line break, its first indented line. */
export function textStyle(text: string): TextStyle {
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n"
  const unit = /(?:^|[\r\n])([ \t]+)[^\s#/*]/.exec(text)?.[1] ?? "  "
  return { eol, unit: unit.startsWith("\t") ? "\t" : unit }
}

/** The style of a YAML text, where lines of a text may be indented before anything else is. */
export function yamlTextStyle(text: string): TextStyle {
  const style = textStyle(text)
  const unit = belowKey.exec(text)?.[2] ?? style.unit
  return { ...style, unit, hasLevelLists: listBelowKey.exec(text)?.[2] === "" }
}

const lineBreak = String.raw`(?:\r\n|\n|\r(?!\n))`
const comment = String.raw`[ \t]*(?:#[^\r\n]*)?${lineBreak}`
/** A line that ends with a colon, and what may stand between it and what is below it. */
const key = String.raw`^( *)(?![ -])[^#\r\n]*:${comment}(?:${comment})*\1`
const belowKey = new RegExp(String.raw`${key}( +)[^\s#]`, "m")
const listBelowKey = new RegExp(String.raw`${key}( *)-[ \r\n]`, "m")

/** Offset of the beginning of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  let start = offset
  while (start > 0 && !isLineBreak(text.charCodeAt(start - 1))) start--
  return start
}

/** Offset of the end of the line that holds `offset`, before its line break. */
export function lineEnd(text: string, offset: number): number {
  let end = offset
  while (end < text.length && !isLineBreak(text.charCodeAt(end))) end++
  return end
}

function isLineBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d
}

/** Offset behind the line break at `end`. */
export function afterLineBreak(text: string, end: number): number {
  if (text.startsWith("\r\n", end)) return end + 2
  return end < text.length ? end + 1 : end
}

/** Where the line break before the line at `offset` begins. */
export function beforeLineBreak(text: string, offset: number): number {
  if (text.startsWith("\r\n", offset - 2)) return offset - 2
  return offset - 1
}

/** The white space that the line of `offset` begins with. */
export function indentation(text: string, offset: number): string {
  const start = lineStart(text, offset)
  let end = start
  while (text[end] === " " || text[end] === "\t") end++
  return text.slice(start, end)
}

/** Whether only white space stands between the beginning of the line and `offset`. */
export function isFirstOnLine(text: string, offset: number): boolean {
  let start = offset
  while (start > 0 && isSpace.test(text[start - 1]!)) start--
  return start === 0 || isLineBreak(text.charCodeAt(start - 1))
}

/** Whether only white space stands between `offset` and the end of the line. */
export function isLastOnLine(text: string, offset: number): boolean {
  let end = offset
  while (end < text.length && isSpace.test(text[end]!)) end++
  return end === text.length || isLineBreak(text.charCodeAt(end))
}

const isSpace = /[^\S\r\n]/
