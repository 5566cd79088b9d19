import type { Random } from "../../../../.ci/seeded-random.ts"
import { hostileKeys, hostileStrings } from "./hostile-words.ts"

/** JSON or JSONC that people and generators write at their worst: everything that the grammar allows, anywhere. */
export function hostileJson(random: Random, comments: boolean): string {
  let count = 0
  const eols = random.pick([["\n"], ["\r\n"], ["\n", "\r\n"], ["\n", "\n", "\n", "\r"]])
  const eol = () => random.pick(eols)
  const space = () => random.pick(["", "", "", " ", "  ", "\t", " \t "])
  const comment = () => {
    const kind = random.next()
    if (kind < 0.4) return `// c${++count}${random.pick(["", ' "', " {", " ,", "]"])}${eol()}`
    if (kind < 0.8) return `/* c${++count} ${random.pick(["", "{", "*", '"', "// "])}*/`
    return `/* c${++count}${eol()} more */`
  }
  const trivia = (isLine: boolean): string => {
    let text = space()
    for (let turn = 0; turn < 2; turn++) {
      if (comments && random.chance(0.12)) text += comment() + space()
      else if (isLine && random.chance(0.1)) text += eol() + space()
    }
    return text
  }
  const string = (text: string) => {
    const printed = JSON.stringify(text)
    if (!random.chance(0.1)) return printed
    return printed.replace(
      /[a-z](?=[^\\]*"$)/,
      (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
    )
  }
  const scalar = () =>
    random.chance(0.4)
      ? string(random.pick(hostileStrings) + ++count)
      : random.pick([
          `${++count}`,
          `-${++count}.50`,
          `${++count}E+2`,
          "-0",
          "true",
          "false",
          "null",
          `9007199254740993${++count}`,
        ])
  const members = (depth: number, indent: string, isObject: boolean): string => {
    const [open, close] = isObject ? "{}" : "[]"
    const isInline = random.chance(0.4)
    const inner = indent + random.pick(["  ", "  ", "    ", "\t", ""])
    const names = new Set<string>()
    let text = open + trivia(!isInline)
    const length = random.below(5)
    for (let index = 0; index < length; index++) {
      if (!isInline) text += eol() + inner + trivia(true)
      if (isObject) {
        const name = random.chance(0.5) ? random.pick(hostileKeys) : `k${++count}`
        const unique = names.has(name) ? `${name}${++count}` : name
        names.add(unique)
        text += `${string(unique)}${trivia(false)}:${trivia(!isInline)}`
      }
      text += value(depth - 1, inner) + trivia(!isInline)
      if (index < length - 1 || (comments && random.chance(0.3))) text += `,${trivia(!isInline)}`
    }
    return `${text}${isInline ? "" : eol() + indent}${trivia(!isInline)}${close}`
  }
  const value = (depth: number, indent: string): string => {
    if (depth === 0 || random.chance(0.4)) return scalar()
    return members(depth, indent, random.chance(0.6))
  }
  const root = random.chance(0.08) ? scalar() : members(3, "", random.chance(0.8))
  const end = random.pick(["", "\n", "\r\n", " ", "\n\n", "\t"])
  const tail = comments && random.chance(0.2) ? `// c${++count}` : ""
  return (random.chance(0.15) ? "\uFEFF" : "") + trivia(true) + root + trivia(true) + end + tail
}
