/** The parts of a pattern of `like`: `%`, `_`, and what stands for itself, without its `\`. */
function partsOf(pattern: string): readonly string[] {
  return pattern.match(/\\[\s\S]|[\s\S]/gu) ?? []
}

/** The pattern as servers take it: a `\` at its end, which is an error there, stands for itself. */
export function likePattern(pattern: string): string {
  return partsOf(pattern)
    .map((part) => (part === "\\" ? "\\\\" : part))
    .join("")
}

/** The pattern as one of SQLite's `glob`, for which case matters as it does elsewhere. */
export function globPattern(pattern: string): string {
  return partsOf(pattern)
    .map((part) => {
      if (part === "%") return "*"
      if (part === "_") return "?"
      const literal = part.length > 1 && part.startsWith("\\") ? part.slice(1) : part
      return /[*?[]/.test(literal) ? `[${literal}]` : literal
    })
    .join("")
}
