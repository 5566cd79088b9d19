import { types } from "node:util"
import type { AST } from "toml-eslint-parser"
import { tomlValue } from "../formats/toml-print.ts"
import { textStyle } from "./text-style.ts"

/**
 * A value as TOML writes it in the place of `node`, whose type it keeps where it can: readers of TOML
 * tell 1 from 1.0, and a date from a moment. A text in the quotes of the old one comes first, the usual form last.
 *
 * @throws `ERR_PERSIST_ENCODE`
 */
export function* tomlInPlaceOf(
  text: string,
  node: AST.TOMLContentNode,
  value: unknown,
  path: readonly string[],
): Generator<string, void, undefined> {
  const usual = tomlValue(value, path)
  if (node.type !== "TOMLValue") yield usual
  else if (node.kind === "string" && typeof value === "string") {
    const quoted = quotedLike(text, node, value, usual)
    if (quoted !== undefined) yield quoted
    yield usual
  } else if (node.kind === "float" && typeof value === "number") {
    yield usual.replace(/^-?\d+$/, "$&.0")
  } else if (types.isDate(value) && /date/.test(node.kind)) {
    const moment = value.toISOString()
    if (node.kind === "local-date-time") yield moment.replace(/Z$/, "")
    else yield node.kind === "local-date" ? moment.replace(/T00:00:00\.000Z$/, "") : moment
  } else yield usual
}

/** `value` in quotes as those of `node`; undefined where they cannot hold it, or are the usual ones. */
function quotedLike(
  text: string,
  node: AST.TOMLStringValue,
  value: string,
  usual: string,
): string | undefined {
  // A line break behind the quotes is none of the text's.
  const [start] = /^(?:"""|''')(?:\r?\n)?/.exec(text.slice(node.range[0])) ?? [""]
  const lead = value === "" ? "" : start.slice(3)
  // Some readers give back the line breaks of a text as they stand.
  if (value.includes("\n") && textStyle(text).eol !== "\n") return undefined
  if (node.style === "literal") {
    const unfit = node.multiline ? /'''|'$|[^\P{Cc}\t\n]/u : /'|[^\P{Cc}\t]/u
    if (unfit.test(value)) return undefined
    return node.multiline ? `'''${lead}${value}'''` : `'${value}'`
  }
  if (!node.multiline) return undefined
  const isPlain = !value.includes('""') && !value.endsWith('"')
  const escaped = usual.slice(1, -1).replace(/\\(.)/g, (pair, character: string) => {
    if (character === "n") return "\n"
    return character === '"' && isPlain ? '"' : pair
  })
  return `"""${lead}${escaped}"""`
}
