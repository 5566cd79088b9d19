import type { Alias, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml"
import { yamlParser } from "../formats/lazy-parsers.ts"

/** What kind a YAML node is; asked of the parser, which is loaded by then. */
export function isMap(node: unknown): node is YAMLMap {
  return yamlParser().isMap(node)
}

export function isSeq(node: unknown): node is YAMLSeq {
  return yamlParser().isSeq(node)
}

export function isScalar(node: unknown): node is Scalar {
  return yamlParser().isScalar(node)
}

/** Whether a node is a text over lines of its own, below `|` or `>`. */
export function isBlockScalar(node: unknown): node is Scalar {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")
}

const standard = "tag:yaml.org,2002:"
const tagTypes: Readonly<Record<string, string>> = {
  str: "string",
  int: "number",
  float: "number",
  bool: "boolean",
}

/** Whether the tag that `node` has may stand before `value`: readers refuse a text that is tagged as a list. */
export function canKeepTag(node: unknown, value: unknown): boolean {
  const { tag } = node as { readonly tag?: string }
  if (tag === undefined || !tag.startsWith(standard)) return true
  return tagTypes[tag.slice(standard.length)] === typeof value
}

export function isAlias(node: unknown): node is Alias {
  return yamlParser().isAlias(node)
}

export function isCollection(node: unknown): node is YAMLMap | YAMLSeq {
  return yamlParser().isCollection(node)
}

export function isPair(node: unknown): node is Pair {
  return yamlParser().isPair(node)
}
