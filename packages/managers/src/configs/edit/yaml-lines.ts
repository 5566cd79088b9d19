import { beforeLineBreak, isFirstOnLine, lineStart } from "./text-style.ts"

/** Where the tag and the anchor in front of a value begin. */
export function propertiesStart(text: string, start: number): number {
  const properties = /(?:[!&][^\s,[\]{}]*[ \t]+)+$/.exec(text.slice(lineStart(text, start), start))
  return start - (properties?.[0].length ?? 0)
}

/** Behind the mark "---" that a document begins with, when its root at `start` begins on that line. */
export function markBefore(text: string, start: number): number | undefined {
  const line = lineStart(text, start)
  return /^---[ \t]/.test(text.slice(line, start)) ? line + 3 : undefined
}

/** Where the lines of a member begin, with the comments above it; undefined when it is not first on its line. */
export function firstLineOf(text: string, start: number): number | undefined {
  if (!isFirstOnLine(text, start)) return undefined
  let from = lineStart(text, start)
  while (from > 0) {
    const above = lineStart(text, beforeLineBreak(text, from))
    if (!text.slice(above, from).trimStart().startsWith("#")) break
    from = above
  }
  return from
}
