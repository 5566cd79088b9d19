/** Where a comment that begins at `offset` ends; `offset` itself when there is none. */
export type CommentEnd = (text: string, offset: number) => number

/** `// …` and `/* … *\/` */
export const slashComments: CommentEnd = (text, offset) => {
  if (text.charCodeAt(offset) !== 0x2f) return offset
  if (text.startsWith("//", offset)) {
    let end = offset
    while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++
    return end
  }
  if (!text.startsWith("/*", offset)) return offset
  const end = text.indexOf("*/", offset + 2)
  return end < 0 ? text.length : end + 2
}

/** `# …` */
export const hashComments: CommentEnd = (text, offset) => {
  if (text[offset] !== "#") return offset
  let end = offset
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++
  return end
}

/** Offset of the next character that is neither white space nor comment. */
export function skipTrivia(text: string, offset: number, commentEnd: CommentEnd): number {
  let at = offset
  for (;;) {
    while (isSpace(text.charCodeAt(at))) at++
    const end = commentEnd(text, at)
    if (end === at) return at
    at = end
  }
}

/** The comments behind `offset` on its line. */
export interface LineTrivia {
  /** Behind the last of them; `offset` when there is none. */
  readonly end: number
  /** Whether it takes the rest of its line. */
  readonly isToLineEnd: boolean
}

/** Finds the comments that begin behind `offset` on its line. */
export function lineTrivia(text: string, offset: number, commentEnd: CommentEnd): LineTrivia {
  let end = offset
  let isToLineEnd = false
  for (let at = offset; ; ) {
    while (text[at] === " " || text[at] === "\t") at++
    const after = commentEnd(text, at)
    if (after === at) return { end, isToLineEnd }
    isToLineEnd = text[at] === "#" || text.startsWith("//", at)
    end = after
    at = after
  }
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0xa0 || unit === 0xfeff
}
