/** How a text is laid out, so that what is added looks like what is there. */
export interface TextStyle {
  readonly eol: string
  /** One step of indentation. */
  readonly unit: string
}

/** Reads the style of `text`: its first line break, its first indented line. */
export function textStyle(text: string): TextStyle {
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n"
  const unit = /(?:^|[\r\n])([ \t]+)[^\s#/*]/.exec(text)?.[1] ?? "  "
  return { eol, unit: unit.startsWith("\t") ? "\t" : unit }
}

/** Offset of the beginning of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  if (offset === 0) return 0
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1
}

/** Offset of the end of the line that holds `offset`, before its line break. */
export function lineEnd(text: string, offset: number): number {
  let end = offset
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++
  return end
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
  return text.slice(lineStart(text, offset), offset).trim() === ""
}
