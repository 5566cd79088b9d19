import type { Random } from "../../../../.ci/seeded-random.ts"

/** A TOML text of random layout: sections, dotted keys, arrays of tables, inline tables, comments. */
export function tomlDocument(random: Random): string {
  const eol = random.pick(["\n", "\n", "\r\n"])
  let count = 0
  const comment = () => (random.chance(0.2) ? `${random.pick([" ", "\t"])}# c${++count}` : "")
  const scalar = () => {
    const id = ++count
    return random.pick([
      String(id),
      `${id}.50`,
      "true",
      `"v${id}"`,
      `'l${id}'`,
      `0x${id.toString(16)}`,
      `"""${eol}m${id}${eol}"""`,
      "2024-05-01T12:00:00Z",
    ])
  }
  const inlineScalar = () => random.pick([String(++count), `"v${++count}"`, "false"])
  const value = (depth: number): string => {
    const kind = random.next()
    if (kind < 0.6 || depth === 0) return depth < 2 ? inlineScalar() : scalar()
    const length = random.below(4)
    if (kind < 0.85) {
      const items = Array.from({ length }, () => value(depth - 1))
      if (depth === 2 && length > 0 && random.chance(0.4)) {
        const lines = items.map((item) => `  ${item},${comment()}`)
        return `[${eol}${lines.join(eol)}${eol}]`
      }
      return `[${items.join(", ")}]`
    }
    const pairs = Array.from({ length }, () => `${key()} = ${value(depth - 1)}`)
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`
  }
  const key = () => random.pick([`k${++count}`, `"q ${++count}"`, `b-${++count}`])
  const ownLine = () => {
    if (random.chance(0.15)) return `# c${++count}${eol}`
    return random.chance(0.1) ? eol : ""
  }
  const body = (lines: number, indent: string) => {
    let text = ""
    for (let rest = lines; rest > 0; rest--) {
      const equals = random.pick([" = ", "=", "  = "])
      const name = random.chance(0.15) ? `d${++count}.${key()}` : key()
      text += `${ownLine()}${indent}${name}${equals}${value(2)}${comment()}${eol}`
    }
    return text
  }
  let text = random.chance(0.3) ? `# head c${++count}${eol}` : ""
  text += body(random.below(4), "")
  for (let rest = random.below(4); rest > 0; rest--) {
    const name = random.chance(0.3) ? `t${++count}.u${++count}` : `t${++count}`
    const indent = random.chance(0.2) ? "  " : ""
    if (random.chance(0.3)) {
      for (let items = random.below(3) + 1; items > 0; items--) {
        text += `${eol}[[${name}]]${comment()}${eol}${body(random.below(3), indent)}`
      }
    } else {
      text += `${eol}[${name}]${comment()}${eol}${body(random.below(3), indent)}`
      if (random.chance(0.3)) text += `[${name}.sub]${eol}${body(random.below(2), indent)}`
    }
  }
  return (random.chance(0.1) ? "\uFEFF" : "") + (random.chance(0.15) ? text.trimEnd() : text)
}
