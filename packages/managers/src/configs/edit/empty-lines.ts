import type { Splice } from "./splice.ts"
import { afterLineBreak, beforeLineBreak, lineEnd, lineStart } from "./text-style.ts"

/**
 * A removal of lines with the empty ones above it, where others follow it; at the beginning of a text with
 * those that follow.
 */
export function withEmptyLines(text: string, { start, end }: Splice): Splice {
  let [from, to] = [start, end]
  if (text.slice(to, lineEnd(text, to)).trim() !== "") return { start, end, text: "" }
  while (from > 0) {
    const above = lineStart(text, beforeLineBreak(text, from))
    if (text.slice(above, from).trim() !== "") break
    from = above
  }
  if (from === 0) to = pastEmptyLines(text, to)
  return { start: from, end: to, text: "" }
}

/** Offset behind the empty lines that begin at `offset`. */
export function pastEmptyLines(text: string, offset: number): number {
  let end = offset
  while (end < text.length && text.slice(end, lineEnd(text, end)).trim() === "") {
    end = afterLineBreak(text, lineEnd(text, end))
  }
  return end
}
