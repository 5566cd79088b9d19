import type { Random } from "../../../../.ci/seeded-random.ts"
import { hostileKeys, hostileStrings } from "./hostile-words.ts"

/** YAML at its worst: block and flow mixed, anchors, tags, block scalars, comments and breaks in every place. */
export function hostileYaml(random: Random): string {
  let count = 0
  let anchors = 0
  const eols = random.pick([["\n"], ["\r\n"], ["\n", "\r\n"]])
  const eol = () => random.pick(eols)
  const gap = () => random.pick([" ", " ", " ", "  ", "\t", " \t"])
  const comment = () =>
    random.chance(0.2) ? `${gap()}# c${++count}${random.pick(["", ": x", " - y", "'"])}` : ""
  const ownLine = (indent: string) => {
    const kind = random.next()
    if (kind < 0.12)
      return `${random.pick([indent, indent, "", `${indent}  `])}# c${++count}${eol()}`
    return kind < 0.2 ? `${random.pick(["", " ", indent])}${eol()}` : ""
  }
  const single = (text: string) => /^[\x20-\x7e\u00a0-\ud7ff\ue000-\ufdcf]*$/.test(text)
  const quoted = (text: string) =>
    random.chance(0.4) && single(text)
      ? `'${text.replaceAll("'", "''")}'`
      : JSON.stringify(text).replace(
          /[\x7f-\x9f\u2028\u2029\ufeff]/g,
          (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
        )
  const marked = () => {
    const kind = random.next()
    if (kind < 0.04) return `&a${++anchors} `
    return kind < 0.06 ? "!!str " : ""
  }
  const flowScalar = () => {
    const kind = random.next()
    if (kind < 0.05 && anchors > 0) return `*a${1 + random.below(anchors)} `
    if (kind < 0.4) return quoted(random.pick(hostileStrings) + ++count)
    return (
      marked() +
      random.pick([
        `${++count}`,
        `${++count}.50`,
        "0x1F",
        "true",
        "~",
        "null",
        `v${++count}`,
        `v w${++count}`,
        "2020-01-01",
        ".inf",
        "-0",
      ])
    )
  }
  const flow = (depth: number, isLines = random.chance(0.25)): string => {
    if (depth === 0 || random.chance(0.4)) return flowScalar()
    const length = random.below(4)
    const between = () => (isLines ? `${comment()}${eol()}        ` : random.pick(["", " ", "  "]))
    const isMap = random.chance(0.5)
    let text = isMap ? "{" : "["
    text += between()
    for (let index = 0; index < length; index++) {
      if (isMap) text += `${key()}${random.pick([": ", ": ", ":  "])}`
      else if (random.chance(0.05)) text += `p${++count}: `
      text += flow(depth - 1, isLines)
      if (index < length - 1 || random.chance(0.2))
        text += `${random.pick(["", "", " "])},${between() || " "}`
      else text += between()
    }
    return text + (isMap ? "}" : "]")
  }
  const key = () => {
    const kind = random.next()
    if (kind < 0.5)
      return random.pick([
        `k${++count}`,
        `a.b${++count}`,
        `${++count}`,
        `k w${++count}`,
        `-k${++count}`,
      ])
    if (kind < 0.55)
      return random.pick([`true${++count}`, `0x${++count}`, `1.5${++count}`, `~${++count}`])
    return quoted(random.pick(hostileKeys) + (random.chance(0.6) ? ++count : ""))
  }
  const block = (indent: string, step: string) => {
    const head = random.pick(["|", ">", "|-", ">-", "|+", ">+", "|2", ">2-"])
    const inner = /2/.test(head) ? `${indent}  ` : indent + step
    const lines = Array.from({ length: 1 + random.below(3) }, () =>
      random.pick([
        `${inner}text ${++count}`,
        `${inner}# no comment ${++count}`,
        `${inner}  more: ${++count}`,
        "",
      ]),
    )
    if (lines[0] === "" || lines[0]!.startsWith(`${inner} `)) lines[0] = `${inner}first ${++count}`
    return ` ${head}${comment()}${eol()}${lines.join(eol())}${eol()}`
  }
  const value = (depth: number, indent: string, step: string): string => {
    const kind = depth === 0 ? random.next() * 0.6 : random.next()
    if (kind < 0.25)
      return `${gap()}${flowScalar()}${comment()}${random.pick(["", "", " "])}${eol()}`
    if (kind < 0.3)
      return ` plain ${++count}${eol()}${indent}${step}goes on ${++count}${comment()}${eol()}`
    if (kind < 0.33)
      return ` "d${++count}${eol()}${indent}${step}goes on ${++count}"${comment()}${eol()}`
    if (kind < 0.42) return `${gap()}${flow(2)}${comment()}${eol()}`
    if (kind < 0.48) return `${comment()}${eol()}`
    if (kind < 0.58) return block(indent, step)
    const anchor = random.chance(0.08) ? ` &a${++anchors}` : ""
    const head = `${anchor}${comment()}${eol()}`
    if (kind < 0.84) return head + map(depth - 1, indent + step)
    return head + list(depth - 1, indent + random.pick(["", step]))
  }
  const map = (depth: number, indent: string): string => {
    const step = random.pick(["  ", "  ", "    ", " "])
    let text = ""
    for (let rest = random.below(4) + 1; rest > 0; rest--) {
      text += `${ownLine(indent)}${indent}${key()}${random.pick([":", ":", ":", " :"])}${value(depth, indent, step)}`
    }
    return text + (random.chance(0.1) ? ownLine(indent) : "")
  }
  const list = (depth: number, indent: string): string => {
    let text = ""
    for (let rest = random.below(4) + 1; rest > 0; rest--) {
      text += `${ownLine(indent)}${indent}-`
      const kind = random.next()
      if (depth > 0 && kind < 0.35)
        text += ` ${map(depth - 1, `${indent}  `).replace(/^(\s|#[^\n]*\n)+/, "")}`
      else if (depth > 0 && kind < 0.45)
        text += ` ${list(depth - 1, `${indent}  `).replace(/^(\s|#[^\n]*\n)+/, "")}`
      else text += value(0, indent, "  ")
    }
    return text
  }
  const kind = random.next()
  let root = map(3, "")
  if (kind < 0.1) root = list(3, "")
  else if (kind < 0.15) root = flow(3) + comment() + eol()
  else if (kind < 0.18) root = flowScalar() + eol()
  else if (kind < 0.2) root = ""
  const head = random.pick([
    "",
    "",
    "",
    `# c${++count}${eol()}`,
    `---${eol()}`,
    `# c${++count}${eol()}---${comment()}${eol()}`,
    `%YAML 1.2${eol()}---${eol()}`,
    eol(),
  ])
  const tail = random.pick([
    "",
    "",
    "",
    "",
    `# c${++count}`,
    `...${eol()}`,
    eol(),
    `${eol()}# c${++count}${eol()}`,
  ])
  const text = head + root + tail
  return (random.chance(0.1) ? "\uFEFF" : "") + (random.chance(0.15) ? text.trimEnd() : text)
}
