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
      return getStaticTOMLValue(parseTOML(body))
    } catch (cause) {
      if (!(cause instanceof ParseError)) throw cause
      throw decodeError("TOML", positionAt(body, cause.index), cause.message, cause)
    }
  },
  print: printToml,
}
