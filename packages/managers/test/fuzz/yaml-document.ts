import type { Random } from "../../../../.ci/seeded-random.ts"

/** A YAML text of random layout: comments, quoting, block and flow style, block scalars. */
export function yamlDocument(random: Random): string {
  const eol = random.pick(["\n", "\n", "\r\n"])
  const step = random.pick(["  ", "    "])
  const dashIndent = random.pick(["", step])
  let count = 0
  const comment = () => (random.chance(0.2) ? `${random.pick([" ", "   "])}# c${++count}` : "")
  const flowScalar = () => {
    const id = ++count
    return random.pick([
      String(id),
      `${id}.50`,
      "true",
      "~",
      "null",
      `v${id}`,
      `"d${id}: \\"x"`,
      `'s${id} # no'`,
    ])
  }
  const scalar = () =>
    random.chance(0.1) ? `plain text ${++count} with: colon`.replace(":", "") : flowScalar()
  const flow = (depth: number): string => {
    if (depth === 0 || random.chance(0.5)) return flowScalar()
    const length = random.below(3)
    if (random.chance(0.5)) {
      return `[${Array.from({ length }, () => flow(depth - 1)).join(random.pick([", ", ",  "]))}]`
    }
    const pairs = Array.from({ length }, () => `k${++count}: ${flow(depth - 1)}`)
    return pairs.length === 0
      ? "{}"
      : random.chance(0.5)
        ? `{ ${pairs.join(", ")} }`
        : `{${pairs.join(", ")}}`
  }
  const key = () => random.pick([`k${++count}`, `"q ${++count}"`, `'s${++count}'`, `a.b${++count}`])
  /** What follows a key or dash: on the same line, or below it. */
  const value = (depth: number, indent: string): string => {
    const kind = depth === 0 ? random.next() * 0.5 : random.next()
    if (kind < 0.32) return ` ${scalar()}${comment()}${eol}`
    if (kind < 0.42) return ` ${flow(2)}${comment()}${eol}`
    if (kind < 0.47) return `${comment()}${eol}`
    if (kind < 0.5) {
      const style = random.pick(["|", ">", "|-"])
      return ` ${style}${eol}${indent}${step}text ${++count}${eol}${indent}${step}more${eol}`
    }
    if (kind < 0.8) return `${comment()}${eol}${map(depth - 1, indent + step)}`
    return `${comment()}${eol}${list(depth - 1, indent + dashIndent)}`
  }
  const ownLine = (indent: string) => {
    if (random.chance(0.15)) return `${indent}# c${++count}${eol}`
    return random.chance(0.05) ? eol : ""
  }
  const map = (depth: number, indent: string): string => {
    let text = ""
    for (let rest = random.below(3) + 1; rest > 0; rest--) {
      text += `${ownLine(indent)}${indent}${key()}:${value(depth, indent)}`
    }
    return text
  }
  const list = (depth: number, indent: string): string => {
    let text = ""
    for (let rest = random.below(3) + 1; rest > 0; rest--) {
      text += `${ownLine(indent)}${indent}-`
      if (depth > 0 && random.chance(0.3)) text += ` ${map(depth - 1, `${indent}  `).trimStart()}`
      else text += value(0, indent)
    }
    return text.replaceAll(/- #[^\r\n]*\r?\n */g, "- ")
  }
  const head = random.chance(0.3)
    ? `# head c${++count}${eol}${random.chance(0.3) ? `---${eol}` : ""}`
    : ""
  const text = head + map(3, "")
  return (random.chance(0.1) ? "\uFEFF" : "") + (random.chance(0.15) ? text.trimEnd() : text)
}
