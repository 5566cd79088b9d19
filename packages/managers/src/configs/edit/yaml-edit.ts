import type { Document, Scalar } from "yaml"
import { pastEmptyLines, withEmptyLines } from "./empty-lines.ts"
import { type FlowSyntax, insertInFlow, removeFromFlow } from "./flow-edit.ts"
import type { Splice } from "./splice.ts"
import type { EditOperation, TextEditor } from "./text-editor.ts"
import {
  afterLineBreak,
  beforeLineBreak,
  isFirstOnLine,
  lineEnd,
  lineStart,
  type TextStyle,
} from "./text-style.ts"
import { hashComments } from "./trivia.ts"
import { aliasDepth, editBehindAlias } from "./yaml-alias.ts"
import { fillEmpty } from "./yaml-fill.ts"
import { firstLineOf, markBefore, propertiesStart } from "./yaml-lines.ts"
import { isMap } from "./yaml-nodes.ts"
import { isBlockLike, yamlBlock, yamlInline } from "./yaml-print.ts"
import { besideComment, gapBehind, nested, replaceMember } from "./yaml-replace.ts"
import {
  contentEnd,
  contentStart,
  isBare,
  memberIndex,
  type YamlContainer,
  yamlContainer,
  yamlFlow,
  yamlMember,
  yamlTree,
} from "./yaml-tree.ts"

const syntax: FlowSyntax = { commentEnd: hashComments, isMultiline: false, padding: " " }

/** Edits YAML. */
export const editYaml: TextEditor = (text, style) => {
  const document = yamlTree(text)
  const hasAliases = text.includes("*")
  return (operation, path) => {
    const depth = hasAliases ? aliasDepth(text, document, path) : 0
    if (depth > 0) return editBehindAlias(text, document, operation, path, style, depth)
    return edits(text, document, operation, path, style)
  }
}

function* edits(
  text: string,
  document: Document,
  operation: EditOperation,
  path: readonly string[],
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const name = path.at(-1)
  if (name === undefined) {
    yield* replaceRoot(text, document.contents, operation, style)
    return
  }
  const container = yamlContainer(document, path.slice(0, -1))
  if (operation.op === "add") {
    const isRoot = container === document.contents
    if (container.flow && container.items.length === 0) {
      yield* fillEmpty(text, document, container, path, operation.value, style)
    }
    yield* insert(text, container, name, operation.value, style, isRoot)
  } else {
    const index = memberIndex(document, container, name)
    if (operation.op === "replace")
      yield* replaceMember(text, container, index, operation.value, style)
    else if (container.items.length > 1) yield* remove(text, container, index)
    else if (container.flow && !isBare(text, container)) yield* remove(text, container, index)
    else yield* empty(text, document, container, path, style)
  }
}

function* replaceRoot(
  text: string,
  contents: unknown,
  operation: EditOperation,
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const value = operation.op === "remove" ? null : operation.value
  const block = isBlockLike(value) ? yamlBlock(value, "", style) : yamlInline(value)
  const range = (contents as Scalar | null)?.range
  if (range && range[1] > range[0]) {
    const end = contentEnd(text, contents)
    const start = isBlockLike(value) ? markBefore(text, range[0]) : undefined
    if (start !== undefined) {
      yield besideComment({ start, end }, lineEnd(text, end), style.eol + block)
    }
    yield [{ start: range[0], end, text: block }]
    yield [{ start: propertiesStart(text, range[0]), end, text: block }]
    return
  }
  const mark = /^---(?=\s|$)/m.exec(text)
  if (mark !== null) {
    const start = mark.index + 3
    // A comment behind the mark stays there.
    const end = lineEnd(text, start)
    if (isBlockLike(value)) yield [{ start: end, end, text: style.eol + block }]
    else yield [{ start, end: start, text: ` ${block}` }]
    return
  }
  const start = text.search(/^\.\.\.(\s|$)/m)
  if (start >= 0) {
    yield [{ start, end: start, text: block + style.eol }]
    return
  }
  const needsBreak = text !== "" && !/[\r\n]$/.test(text)
  const added = `${needsBreak ? style.eol : ""}${block}${style.eol}`
  yield [{ start: text.length, end: text.length, text: added }]
}

function* insert(
  text: string,
  container: YamlContainer,
  name: string,
  value: unknown,
  style: TextStyle,
  isRoot: boolean,
): Generator<Splice[], void, undefined> {
  const key = isMap(container) ? yamlInline(name) : undefined
  const at = key === undefined ? Number(name) : container.items.length
  const inline = yamlInline(value)
  if (isBare(text, container)) {
    const [start] = container.range!
    const { end } = yamlMember(text, container, container.items.length - 1)
    const added = { start: end, end, text: `, ${key}: ${inline} }` }
    yield [{ start, end: start, text: "{ " }, added]
    return
  }
  if (container.flow || container.items.length === 0) {
    const item = key === undefined ? inline : `${key}: ${inline}`
    const padding = key === undefined ? "" : " "
    const flow = yamlFlow(text, container)
    yield insertInFlow(text, flow, at, item, { ...syntax, padding }, style)
    // A line of its own would have to be indented by more than shows.
    if (flow.children.length === 0) yield [{ start: flow.open + 1, end: flow.open + 1, text: item }]
    return
  }
  const beside = yamlMember(text, container, at === 0 ? 0 : at - 1)
  const column = " ".repeat(beside.start - lineStart(text, beside.start))
  const line = lineEnd(text, beside.end)
  const top = isRoot ? undefined : firstLineOf(text, beside.start)
  const place = (item: string): Splice[] => {
    if (at > 0) return [{ start: line, end: line, text: style.eol + column + item }]
    if (top !== undefined) return [{ start: top, end: top, text: column + item + style.eol }]
    return [{ start: beside.start, end: beside.start, text: item + style.eol + column }]
  }
  const [mark, gap] = key === undefined ? ["-", gapBehind(text, beside.start)] : [`${key}:`, " "]
  if (isBlockLike(value)) {
    yield place(mark + nested(text, container, beside.start, value, style))
  }
  yield place(mark + gap + inline)
}

function* remove(
  text: string,
  container: YamlContainer,
  index: number,
): Generator<Splice[], void, undefined> {
  if (container.flow) {
    yield removeFromFlow(text, yamlFlow(text, container), index, syntax)
    return
  }
  const { start, end } = yamlMember(text, container, index)
  const line = lineEnd(text, end)
  if (isFirstOnLine(text, start)) {
    const from = lineStart(text, start)
    const to = afterLineBreak(text, line)
    const isLastLine = to === line && from > 0
    const lines = { start: isLastLine ? beforeLineBreak(text, from) : from, end: to, text: "" }
    if (!isLastLine) yield [withoutGap(text, lines, index === 0)]
    yield [lines]
    // The line break may be a part of what stands before it.
    if (isLastLine) yield [{ start: from, end: to, text: "" }]
    return
  }
  // The first member behind a dash: the next one takes its place.
  const next = yamlMember(text, container, index + 1)
  const isClear = text.slice(line, next.start).trim() === ""
  // Comments stay between the dash and what is left below it.
  const before = text.slice(0, start).trimEnd().length
  yield [isClear ? { start, end: next.start, text: "" } : { start: before, end: line, text: "" }]
}

/** With the empty lines that would be left beside others, or below the key of what lies around. */
function withoutGap(text: string, lines: Splice, isFirst: boolean): Splice {
  const { start, end } = withEmptyLines(text, lines)
  const above = text.slice(lineStart(text, Math.max(start - 1, 0)), start)
  const isBelowKey = isFirst && start === lines.start && !/^\s*(?:#|$)/.test(above)
  return { start, end: isBelowKey ? pastEmptyLines(text, end) : end, text: "" }
}

/** Removes the only member: what is left is an empty container. */
function* empty(
  text: string,
  document: Document,
  container: YamlContainer,
  path: readonly string[],
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const bare = isMap(container) ? {} : []
  if (document.contents === container) {
    const start = contentStart(text, container)
    yield [{ start, end: contentEnd(text, container), text: yamlInline(bare) }]
    return
  }
  const outer = yamlContainer(document, path.slice(0, -2))
  yield* replaceMember(text, outer, memberIndex(document, outer, path.at(-2)!), bare, style)
}
