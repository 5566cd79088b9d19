import type { AST } from "toml-eslint-parser"
import { tomlValue } from "../formats/toml-print.ts"

/**
 * A value as TOML writes it in the place of `node`, whose type it keeps where it can: readers of TOML
 * tell 1 from 1.0, and a date from a moment. A text in the quotes of the old one comes first, the usual form last.
 *
 * @throws `ERR_PERSIST_ENCODE`
 */
export function* tomlInPlaceOf(
  node: AST.TOMLContentNode,
  value: unknown,
  path: readonly string[],
  eol: string,
): Generator<string, void, undefined> {
  const text = tomlValue(value, path)
  if (node.type !== "TOMLValue") yield text
  else if (node.kind === "string" && typeof value === "string") {
    const quoted = quotedLike(node, value, text, eol)
    if (quoted !== undefined) yield quoted
    yield text
  } else if (node.kind === "float" && typeof value === "number") {
    yield text.replace(/^-?\d+$/, "$&.0")
  } else if (!(value instanceof Date)) yield text
  else if (node.kind === "local-date-time") yield text.replace(/Z$/, "")
  else yield node.kind === "local-date" ? text.replace(/T00:00:00\.000Z$/, "") : text
}

/** `value` in quotes as those of `node`; undefined where they cannot hold it, or are the usual ones. */
function quotedLike(
  node: AST.TOMLStringValue,
  value: string,
  usual: string,
  eol: string,
): string | undefined {
  // Some readers give back the line breaks of a text as they stand.
  if (eol !== "\n" && value.includes("\n")) return undefined
  if (node.style === "literal") {
    const unfit = node.multiline ? /'''|'$|[^\P{Cc}\t\n]/u : /'|[^\P{Cc}\t]/u
    if (unfit.test(value)) return undefined
    return node.multiline ? onLines("'''", value, node, eol) : `'${value}'`
  }
  if (!node.multiline) return undefined
  const isPlain = !value.includes('""') && !value.endsWith('"')
  const escaped = usual.slice(1, -1).replace(/\\(.)/g, (pair, character: string) => {
    if (character === "n") return "\n"
    return character === '"' && isPlain ? '"' : pair
  })
  return onLines('"""', escaped, node, eol)
}

/** A line break behind the quotes is none of the text's. */
function onLines(quotes: string, text: string, node: AST.TOMLStringValue, eol: string): string {
  const isBelow = node.loc.end.line > node.loc.start.line && text !== ""
  return `${quotes}${isBelow ? eol : ""}${text}${quotes}`
}
