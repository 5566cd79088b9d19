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
