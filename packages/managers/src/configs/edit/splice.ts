/** One replacement in a text: from `start` up to `end` gives way to `text`. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Makes the replacements; every other character stays. They must not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const ordered = splices.toSorted((a, b) => a.start - b.start || a.end - b.end)
  let result = ""
  let offset = 0
  for (const splice of ordered) {
    if (splice.start < offset) throw new RangeError("Splices overlap.")
    result += text.slice(offset, splice.start) + splice.text
    offset = splice.end
  }
  return result + text.slice(offset)
}

/** `next` as one replacement from the first character that differs to the last, so that others can change beside it. */
export function difference(text: string, next: string): Splice[] {
  const limit = Math.min(text.length, next.length)
  let start = 0
  while (start < limit && text[start] === next[start]) start++
  let after = 0
  while (after < limit - start && text.at(-1 - after) === next.at(-1 - after)) after++
  return [{ start, end: text.length - after, text: next.slice(start, next.length - after) }]
}
