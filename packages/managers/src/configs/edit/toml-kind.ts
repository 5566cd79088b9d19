import type { AST } from "toml-eslint-parser"
import { tomlValue } from "../formats/toml-print.ts"

/**
 * A value as TOML writes it in the place of `node`, whose type it keeps where it can: readers of TOML
 * tell 1 from 1.0, and a date from a moment.
 *
 * @throws `ERR_PERSIST_ENCODE`
 */
export function tomlInPlaceOf(
  node: AST.TOMLContentNode,
  value: unknown,
  path: readonly string[],
): string {
  const text = tomlValue(value, path)
  if (node.type !== "TOMLValue") return text
  if (node.kind === "float" && typeof value === "number") return text.replace(/^-?\d+$/, "$&.0")
  if (!(value instanceof Date)) return text
  if (node.kind === "local-date-time") return text.replace(/Z$/, "")
  return node.kind === "local-date" ? text.replace(/T00:00:00\.000Z$/, "") : text
}
