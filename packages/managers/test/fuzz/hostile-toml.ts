import type { Random } from "../../../../.ci/seeded-random.ts"
import { hostileKeys, hostileStrings } from "./hostile-words.ts"

/** TOML at its worst: dotted keys, nested tables, arrays of tables, every string and date, comments in every place. */
export function hostileToml(random: Random): string {
  let count = 0
  const eols = random.pick([["\n"], ["\r\n"], ["\n", "\r\n"]])
  const eol = () => random.pick(eols)
  const space = () => random.pick(["", "", " ", " ", "\t", "  "])
  const comment = () =>
    random.chance(0.2) ? `${space()}# c${++count}${random.pick(["", " [x]", ' "', " = 1"])}` : ""
  const printable = (text: string) => /^[\x20-\x7e\u00a0-\ud7ff\ue000-\ufdcf]*$/.test(text)
  const string = (text: string): string => {
    const kind = random.next()
    if (kind < 0.2 && printable(text) && !text.includes("'")) return `'${text}'`
    if (kind < 0.3 && printable(text) && !text.includes("'"))
      return `'''${eol()}${text}${eol()}m${++count}'''`
    if (kind < 0.4 && printable(text) && !/["\\]/.test(text)) {
      return `"""${random.chance(0.5) ? eol() : ""}${text}${eol()}m${++count} \\${eol()}  on"""`
    }
    return JSON.stringify(text).replace(/\x7f/g, "\\u007f")
  }
  const key = () => {
    const kind = random.next()
    if (kind < 0.6)
      return random.pick([`k${++count}`, `${++count}`, `b-${++count}`, `K_${++count}`])
    const text = random.pick(hostileKeys) + (random.chance(0.5) ? ++count : "")
    if (kind < 0.7 && printable(text) && !text.includes("'")) return `'${text}'`
    return JSON.stringify(text).replace(/\x7f/g, "\\u007f")
  }
  const dotted = () => {
    const parts = Array.from({ length: random.chance(0.25) ? 2 + random.below(2) : 1 }, key)
    return parts.join(random.pick([".", ".", " . ", ". "]))
  }
  const scalar = () =>
    random.chance(0.4)
      ? string(random.pick(hostileStrings) + ++count)
      : random.pick([
          ...[
            `${++count}`,
            `+${++count}`,
            `-${++count}.5`,
            `1_0${++count}`,
            `0x${(++count).toString(16)}`,
            "0o17",
            "0b11",
          ],
          ...[
            `${++count}e3`,
            "inf",
            "-inf",
            "nan",
            "true",
            "false",
            "1979-05-27",
            "07:32:00",
            "07:32:00.5",
          ],
          ...[
            "1979-05-27T07:32:00Z",
            "1979-05-27 07:32:00-07:00",
            "1979-05-27T07:32:00.999",
            "9223372036854775807",
          ],
        ])
  const value = (depth: number): string => {
    const kind = random.next()
    if (depth === 0 || kind < 0.55) return scalar()
    const length = random.below(4)
    if (kind < 0.8) {
      const isLines = random.chance(0.4)
      const between = () =>
        isLines ? `${comment()}${eol()}${random.pick(["", "  ", "\t"])}` : space()
      let text = `[${between()}`
      for (let index = 0; index < length; index++) {
        text += value(depth - 1) + (isLines && random.chance(0.1) ? between() : "")
        if (index < length - 1 || random.chance(0.3)) text += `,${between()}`
        else text += between()
      }
      return `${text}]`
    }
    const pairs = Array.from(
      { length },
      () => `${dotted()}${space()}=${space()}${value(depth - 1)}`,
    )
    return `{${space()}${pairs.join(random.pick([",", ", ", " , "]))}${space()}}`
  }
  const blank = () =>
    random.pick([
      "",
      "",
      "",
      eol(),
      `# c${++count}${eol()}`,
      `  # c${++count}${eol()}`,
      `${space()}${eol()}`,
    ])
  const body = (lines: number) => {
    let text = ""
    const indent = random.pick(["", "", "  ", "\t"])
    for (let rest = lines; rest > 0; rest--) {
      text += `${blank()}${indent}${dotted()}${space()}=${space()}${value(2)}${comment()}${space()}${eol()}`
    }
    return text + blank()
  }
  let text = blank() + body(random.below(4))
  const tops: string[] = []
  for (let rest = random.below(5); rest > 0; rest--) {
    const parent = tops.length > 0 && random.chance(0.4) ? `${random.pick(tops)}.` : ""
    const name = parent + dotted()
    const padding = space().replace("\t", " ")
    const header = () => `${random.pick(["", "", "  "])}`
    if (random.chance(0.3)) {
      for (let items = random.below(3) + 1; items > 0; items--) {
        text += `${header()}[[${padding}${name}${padding}]]${comment()}${eol()}${body(random.below(3))}`
        if (random.chance(0.3)) text += `[${name}.${key()}]${eol()}${body(random.below(2))}`
      }
    } else
      text += `${header()}[${padding}${name}${padding}]${comment()}${eol()}${body(random.below(3))}`
    tops.push(name)
  }
  return (random.chance(0.1) ? "\uFEFF" : "") + (random.chance(0.2) ? text.trimEnd() : text)
}
