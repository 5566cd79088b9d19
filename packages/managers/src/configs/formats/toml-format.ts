import type { AST } from "toml-eslint-parser"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, withoutBom } from "./decode-error.ts"
import { tomlParser } from "./lazy-parsers.ts"
import { printToml } from "./toml-print.ts"

/** TOML 1.0. */
export const tomlFormat: ConfigFormat = {
  name: "toml",
  extensions: [".toml"],
  parse(text) {
    const { getStaticTOMLValue, ParseError, parseTOML } = tomlParser()
    const body = withoutBom(text)
    try {
      const program = parseTOML(body)
      refusePrototype(program, body)
      return getStaticTOMLValue(program)
    } catch (cause) {
      if (!(cause instanceof ParseError)) throw cause
      throw decodeError("TOML", positionAt(body, cause.index), cause.message, cause)
    }
  },
  print: printToml,
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
