import type { AST } from "toml-eslint-parser"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, withoutBom } from "./decode-error.ts"
import { tomlParser } from "./lazy-parsers.ts"
import { printToml } from "./toml-print.ts"

/** TOML 1.0. Integers that no number can hold exactly are BigInts. */
export const tomlFormat: ConfigFormat = {
  name: "toml",
  extensions: [".toml"],
  parse(text) {
    const { getStaticTOMLValue, ParseError, parseTOML } = tomlParser()
    const body = withoutBom(text)
    try {
      const program = parseTOML(body)
      refusePrototype(program, body)
      const value = getStaticTOMLValue(program)
      if (longDigits.test(body)) keepIntegers(program, value)
      return value
    } catch (cause) {
      if (!(cause instanceof ParseError)) throw cause
      throw decodeError("TOML", positionAt(body, cause.index), cause.message, cause)
    }
  },
  print: printToml,
}

// Less is exact as a number.
const longDigits = /[\da-fA-F](?:_?[\da-fA-F]){12}/

/** Puts the exact integers into a value that has them rounded. */
function keepIntegers(program: AST.TOMLProgram, value: Record<string, unknown>): void {
  const keep = (node: AST.TOMLContentNode, holder: Holder, name: string | number): void => {
    if (node.type === "TOMLArray") {
      const items = holder[name] as Holder
      node.elements.forEach((item, index) => {
        keep(item, items, index)
      })
    } else if (node.type === "TOMLInlineTable") keepIn(node.body, holder[name] as Holder)
    else if (node.kind === "integer" && !Number.isSafeInteger(node.value)) {
      holder[name] = node.bigint
    }
  }
  const keepIn = (body: readonly (AST.TOMLKeyValue | AST.TOMLTable)[], table: Holder): void => {
    for (const node of body) {
      if (node.type === "TOMLTable") {
        keepIn(node.body, node.resolvedKey.reduce<Holder>(inside, value as Holder))
        continue
      }
      const names = node.key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value))
      keep(node.value, names.slice(0, -1).reduce<Holder>(inside, table), names.at(-1)!)
    }
  }
  keepIn(program.body[0].body, value as Holder)
}

type Holder = Record<string | number, unknown>

function inside(holder: Holder, name: string | number): Holder {
  return holder[name] as Holder
}

/** The parser would write what stands under such a key into the prototype of every object. */
function refusePrototype(program: AST.TOMLProgram, text: string): void {
  if (!/__proto__|\\[uU]/.test(text)) return
  const visit = (node: AST.TOMLNode): void => {
    if (node.type === "TOMLKey") {
      const part = node.keys.find(
        (key) => (key.type === "TOMLBare" ? key.name : key.value) === "__proto__",
      )
      if (part === undefined) return
      throw decodeError("TOML", positionAt(text, part.range[0]), 'a key is "__proto__"')
    }
    if (node.type === "TOMLKeyValue" || node.type === "TOMLTable") visit(node.key)
    if (node.type === "TOMLKeyValue") visit(node.value)
    else if (node.type === "TOMLArray") node.elements.forEach(visit)
    else if ("body" in node) node.body.forEach(visit)
  }
  visit(program)
}
