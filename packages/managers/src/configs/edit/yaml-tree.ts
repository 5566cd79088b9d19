import type { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml"
import { yamlParser } from "../formats/lazy-parsers.ts"
import type { FlowContainer } from "./flow-edit.ts"
import { hashComments, skipTrivia } from "./trivia.ts"
import { isAlias, isBlockScalar, isCollection, isMap, isScalar, isSeq } from "./yaml-nodes.ts"

/** A map or sequence. */
export type YamlContainer = YAMLMap | YAMLSeq

/** A member of a map or sequence, with the offsets that an edit needs. */
export interface YamlMember {
  /** Where the key with what belongs to it, or the dash of an item, begins; in brackets the item. */
  readonly start: number
  /** Behind the colon or dash; undefined in brackets without a key. */
  readonly mark: number | undefined
  /** Undefined where nothing is written. */
  readonly value: unknown
  /** Behind all of it. */
  readonly end: number
}

/** What belongs to a key and stands in front of it. */
const propertyTypes: ReadonlySet<string> = new Set(["explicit-key-ind", "anchor", "tag"])

/** Parses `text` so that edits find their places. */
export function yamlTree(text: string): Document {
  return yamlParser().parseDocument(text, { keepSourceTokens: true, logLevel: "error" })
}

/** The container at `path`. @throws RangeError when the way there leads through an alias. */
export function yamlContainer(document: Document, path: readonly string[]): YamlContainer {
  let node: unknown = document.contents
  for (const name of path) {
    if (isMap(node)) node = pairOf(node, name)?.value
    else if (isSeq(node)) node = node.items[Number(name)]
    if (isAlias(node)) throw new RangeError("the way there leads through an alias")
  }
  if (!isCollection(node)) throw new RangeError("there is no container at the path")
  return node as YamlContainer
}

/** The index of the member `name`. @throws RangeError when there is none. */
export function memberIndex(container: YamlContainer, name: string): number {
  const index = isMap(container)
    ? container.items.indexOf(pairOf(container, name) as Pair)
    : Number(name)
  if (index < 0) throw new RangeError("there is no such member")
  return index
}

/** The member `index` of a container. */
export function yamlMember(text: string, container: YamlContainer, index: number): YamlMember {
  const item = container.items[index]
  if (isMap(container)) {
    const { key, value, srcToken } = item as Pair
    const colon = srcToken?.sep?.find(({ type }) => type === "map-value-ind")
    const properties = srcToken?.start.find(({ type }) => propertyTypes.has(type))
    const start = properties?.offset ?? (key as Scalar).range![0]
    const mark = colon && colon.offset + 1
    const isWritten = value !== null && !isEmptyScalar(value)
    const end = isWritten ? contentEnd(text, value) : (mark ?? (key as Scalar).range![1])
    return { start, mark, value: isWritten ? value : undefined, end }
  }
  const isWritten = !isEmptyScalar(item)
  const node = item as Scalar
  if (container.flow) {
    return { start: node.range![0], mark: undefined, value: item, end: contentEnd(text, item) }
  }
  const dash = dashOf(container, index)
  const end = isWritten ? contentEnd(text, item) : dash + 1
  return { start: dash, mark: dash + 1, value: isWritten ? item : undefined, end }
}

/** A container in brackets, for the edits that all such containers share. */
export function yamlFlow(text: string, container: YamlContainer): FlowContainer {
  const [open, end] = container.range!
  const children = container.items.map((_, index) => {
    const member = yamlMember(text, container, index)
    const next = skipTrivia(text, member.end, hashComments)
    return { start: member.start, end: member.end, comma: text[next] === "," ? next : undefined }
  })
  return { open, close: end - 1, children }
}

/** Behind the last character of a node's own text. */
export function contentEnd(text: string, node: unknown): number {
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    return yamlMember(text, node as YamlContainer, node.items.length - 1).end
  }
  const [start, end] = (node as Scalar).range!
  if (!isBlockScalar(node)) return end
  // With "+" the empty lines at its end are its own.
  const keepsEnd = /^[|>]\d?\+/.test(text.slice(start, start + 3))
  const breaks = keepsEnd ? /(\r\n|\r|\n)$/ : /[\r\n]+$/
  return start + text.slice(start, end).replace(breaks, "").length
}

/** Whether a map stands in a list without brackets of its own, as in `[key: value]`. */
export function isBare(text: string, container: YamlContainer): boolean {
  return container.flow === true && isMap(container) && text[container.range![0]] !== "{"
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.range![0] === node.range![1]
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && keyText(key.value) === name)
}

function keyText(value: unknown): string {
  return value === null ? "" : String(value)
}

function dashOf(container: YamlContainer, index: number): number {
  const source = container.srcToken
  if (source?.type !== "block-seq") throw new RangeError("the sequence has no dashes")
  const dash = source.items[index]?.start.find(({ type }) => type === "seq-item-ind")
  if (dash === undefined) throw new RangeError("the item has no dash")
  return dash.offset
}
