import { findNodeAtLocation, parseTree } from "jsonc-parser"
import { type AST, parseTOML } from "toml-eslint-parser"
import { isMap, isPair, isScalar, isSeq, parseDocument } from "yaml"
import type { ConfigFormatName } from "../../src/configs/formats/config-format.ts"

/** A stretch of a text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where the value at `path` (or the whole member) stands, by the parser's own account; several stretches for TOML tables. */
export function memberSpans(
  format: ConfigFormatName,
  text: string,
  path: readonly string[],
  isWhole: boolean,
): Span[] | undefined {
  const bom = text.startsWith("\uFEFF") ? 1 : 0
  const body = text.slice(bom)
  const spans =
    format === "toml"
      ? tomlSpans(body, path, isWhole)
      : format === "yaml"
        ? yamlSpans(body, path, isWhole)
        : jsonSpans(body, path, isWhole)
  return spans?.map(({ start, end }) => ({ start: start + bom, end: end + bom }))
}

function jsonSpans(text: string, path: readonly string[], isWhole: boolean): Span[] | undefined {
  let node = parseTree(text, [], { allowTrailingComma: true })
  for (const name of path) {
    node = node && findNodeAtLocation(node, [node.type === "array" ? Number(name) : name])
  }
  const whole = isWhole && node?.parent?.type === "property" ? node.parent : node
  return whole && [{ start: whole.offset, end: whole.offset + whole.length }]
}

function yamlSpans(text: string, path: readonly string[], isWhole: boolean): Span[] | undefined {
  let node: unknown = parseDocument(text, { logLevel: "error" }).contents
  let start: number | undefined
  for (const name of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && (key.value === null ? "" : String(key.value)) === name,
      )
      if (!isPair(pair) || !isScalar(pair.key)) return undefined
      start = pair.key.range![0]
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(name)]
      start = (node as { range?: [number, number, number] } | null)?.range?.[0]
    } else return undefined
  }
  const range = (node as { range?: [number, number, number] } | null)?.range
  if (range === undefined || start === undefined) return undefined
  return [
    {
      start: isWhole ? start : range[0],
      end: Math.max(range[0], trimmed(text, range[0], range[1])),
    },
  ]
}

function trimmed(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length
}

function tomlSpans(text: string, path: readonly string[], isWhole: boolean): Span[] | undefined {
  const spans: Span[] = []
  const add = (node: AST.TOMLNode) => {
    spans.push({ start: node.range[0], end: node.range[1] })
  }
  const begins = (long: readonly (string | number)[], short: readonly string[]) =>
    short.every((name, at) => String(long[at]) === name)
  const visit = (node: AST.TOMLContentNode, at: readonly (string | number)[]): void => {
    if (at.length >= path.length) {
      if (begins(at, path)) add(node)
    } else if (node.type === "TOMLArray")
      for (const [index, element] of node.elements.entries()) visit(element, [...at, index])
    else if (node.type === "TOMLInlineTable") for (const pair of node.body) visitPair(pair, at)
  }
  const visitPair = (pair: AST.TOMLKeyValue, at: readonly (string | number)[]): void => {
    const full = [
      ...at,
      ...pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value)),
    ]
    if (full.length >= path.length && begins(full, path))
      add(isWhole || full.length > path.length ? pair : pair.value)
    else if (begins(path, full.map(String))) visit(pair.value, full)
  }
  for (const node of parseTOML(text).body[0].body) {
    if (node.type === "TOMLKeyValue") visitPair(node, [])
    else if (begins(node.resolvedKey, path) && node.resolvedKey.length >= path.length) {
      add(node)
    } else for (const pair of node.body) visitPair(pair, node.resolvedKey)
  }
  return spans.length === 0 ? undefined : spans
}
