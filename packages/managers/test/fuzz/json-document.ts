import type { Random } from "../../../../.ci/seeded-random.ts"

/** A JSON or JSONC text of random layout: comments, tabs, odd spacing, trailing commas. */
export function jsonDocument(random: Random, comments: boolean): string {
  const eol = random.pick(["\n", "\r\n"])
  const unit = random.pick(["  ", "    ", "\t"])
  let count = 0
  const comment = () => {
    if (!comments || !random.chance(0.25)) return ""
    return random.chance(0.5) ? ` /* c${++count} */` : ` // c${++count}${eol}`
  }
  const colon = random.pick([": ", ":", " : "])
  const scalar = () => {
    const id = ++count
    return random.pick([
      String(id),
      `${id}.50`,
      `${id}e2`,
      "true",
      "null",
      `"v${id}"`,
      `"é\\n\\"${id}, }"`,
    ])
  }
  const value = (depth: number, indent: string): string => {
    const kind = depth === 0 ? 1 : random.next()
    if (kind < 0.35) return members(depth, indent, true)
    return kind < 0.55 && depth < 3 ? members(depth, indent, false) : scalar()
  }
  const members = (depth: number, indent: string, isObject: boolean): string => {
    const [open, close] = isObject ? "{}" : "[]"
    const length = random.below(4) + (depth === 3 ? 1 : 0)
    const isInline = random.chance(0.3) && depth < 3
    if (length === 0) return open! + (random.chance(0.3) ? " " : "") + close
    const inner = indent + unit
    let text = open!
    if (!isInline) text += comment()
    for (let index = 0; index < length; index++) {
      const isLast = index === length - 1
      text += isInline ? (index > 0 ? " " : "") : eol + inner
      if (!isInline && comments && random.chance(0.2)) text += `// c${++count}${eol}${inner}`
      const key = isObject ? `"${random.pick(["k", "a b", "x.y", "é"])}${++count}"${colon}` : ""
      text += key + value(depth - 1, isInline ? indent : inner)
      if (!isLast || (comments && random.chance(0.3))) text += ","
      if (!isInline) text += comment().trimEnd()
    }
    return text + (isInline ? "" : eol + indent) + close
  }
  const bom = random.chance(0.1) ? "\uFEFF" : ""
  const head = comments && random.chance(0.5) ? `// head c${++count}${eol}` : ""
  return bom + head + members(3, "", true) + (random.chance(0.8) ? eol : "")
}
