import type { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml"
import { yamlDocument } from "../formats/yaml-document.ts"
import { yamlKeyName } from "../formats/yaml-keys.ts"
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
  /** The tag and the anchor in front of the value, on whatever line: from the first to behind the last. */
  readonly properties: YamlStretch | undefined
  /** Behind all of it. */
  readonly end: number
}

/** A part of a text. */
export interface YamlStretch {
  readonly start: number
  readonly end: number
}

/** What belongs to a node and stands in front of it. */
const propertyTypes: ReadonlySet<string> = new Set(["anchor", "tag"])

/** Parses `text`, which is YAML, so that edits find their places. @throws RangeError for what is none. */
export function yamlTree(text: string): Document {
  const read = yamlDocument(text, { keepSourceTokens: true })
  if ("mistake" in read) throw new RangeError(read.mistake.message)
  return read.document
}

/** The container at `path`. @throws RangeError when the way there leads through an alias. */
export function yamlContainer(document: Document, path: readonly string[]): YamlContainer {
  let node: unknown = document.contents
  for (const name of path) {
    if (isMap(node)) node = (node.items as Pair[])[placesIn(document, node).get(name) ?? -1]?.value
    else if (isSeq(node)) node = node.items[Number(name)]
    if (isAlias(node)) throw new RangeError("the way there leads through an alias")
  }
  if (!isCollection(node)) throw new RangeError("there is no container at the path")
  return node as YamlContainer
}

/** The index of the member `name`. @throws RangeError when there is none. */
export function memberIndex(document: Document, container: YamlContainer, name: string): number {
  const index = isMap(container) ? placesIn(document, container).get(name) : Number(name)
  if (index === undefined) throw new RangeError("there is no such member")
  return index
}

/** The member `index` of a container. */
export function yamlMember(text: string, container: YamlContainer, index: number): YamlMember {
  const item = container.items[index]
  return isMap(container)
    ? pairMember(text, item as Pair)
    : itemMember(text, container, index, item as Scalar)
}

function pairMember(text: string, { key, value, srcToken }: Pair): YamlMember {
  const colon = srcToken?.sep?.find(({ type }) => type === "map-value-ind")
  const first = srcToken?.start.find(
    ({ type }) => type === "explicit-key-ind" || propertyTypes.has(type),
  )
  const start = first?.offset ?? (key as Scalar).range![0]
  const mark = colon && colon.offset + 1
  const properties = propertiesIn(srcToken?.sep, mark)
  const isWritten = value !== null && !isEmptyScalar(value)
  const bareEnd = properties?.end ?? mark ?? (key as Scalar).range![1]
  const end = isWritten ? contentEnd(text, value) : bareEnd
  return { start, mark, value: isWritten ? value : undefined, properties, end }
}

function itemMember(
  text: string,
  container: YamlContainer,
  index: number,
  item: Scalar,
): YamlMember {
  const source = container.srcToken
  const isSequence = source?.type === "block-seq" || source?.type === "flow-collection"
  const before = isSequence ? source.items[index]?.start : undefined
  if (container.flow) {
    const properties = propertiesIn(before, 0)
    const start = properties?.start ?? item.range![0]
    return { start, mark: undefined, value: item, properties, end: contentEnd(text, item) }
  }
  const dash = before?.find(({ type }) => type === "seq-item-ind")?.offset
  if (dash === undefined) throw new RangeError("the item has no dash")
  const properties = propertiesIn(before, dash)
  const isWritten = !isEmptyScalar(item)
  const end = isWritten ? contentEnd(text, item) : (properties?.end ?? dash + 1)
  return { start: dash, mark: dash + 1, value: isWritten ? item : undefined, properties, end }
}

function propertiesIn(
  tokens: readonly { type: string; offset: number; source: string }[] | undefined,
  from: number | undefined,
): YamlStretch | undefined {
  const own = tokens?.filter(({ type, offset }) => propertyTypes.has(type) && offset >= (from ?? 0))
  const [first, last] = [own?.at(0), own?.at(-1)]
  return first && last && { start: first.offset, end: last.offset + last.source.length }
}

/** A container in brackets, for the edits that all such containers share. */
export function yamlFlow(text: string, container: YamlContainer): FlowContainer {
  const known = flows.get(container)
  if (known !== undefined) return known
  const [open, end] = container.range!
  const children = container.items.map((_, index) => {
    const member = yamlMember(text, container, index)
    const next = skipTrivia(text, member.end, hashComments)
    return { start: member.start, end: member.end, comma: text[next] === "," ? next : undefined }
  })
  const flow = { open, close: end - 1, children }
  flows.set(container, flow)
  return flow
}

/** Where a node's own text begins: behind its tag and anchor, not behind those of its first key. */
export function contentStart(text: string, node: unknown): number {
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    return yamlMember(text, node, 0).start
  }
  return (node as Scalar).range![0]
}

/** Behind the last character of a node's own text. */
export function contentEnd(text: string, node: unknown): number {
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    return yamlMember(text, node, node.items.length - 1).end
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
  return isScalar(node) && node.range![0] === node.range![1]
}

// Nobody changes a tree: it is made of the text once.
const flows = new WeakMap<YamlContainer, FlowContainer>()
const places = new WeakMap<YAMLMap, ReadonlyMap<string | undefined, number>>()

/** Where the members of a map stand, by name. */
function placesIn(document: Document, map: YAMLMap): ReadonlyMap<string | undefined, number> {
  const known = places.get(map)
  if (known !== undefined) return known
  const found = new Map(map.items.map(({ key }, index) => [yamlKeyName(document, key), index]))
  places.set(map, found)
  return found
}
