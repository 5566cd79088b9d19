import type { Pair } from "yaml"
import type { Splice } from "./splice.ts"
import { afterLineBreak, isFirstOnLine, lineEnd, lineStart, type TextStyle } from "./text-style.ts"
import { replaceBlockScalar } from "./yaml-block-scalar.ts"
import { canKeepTag, isBlockScalar, isCollection, isMap, isScalar, isSeq } from "./yaml-nodes.ts"
import { isBlockLike, yamlBlock, yamlInline } from "./yaml-print.ts"
import {
  contentStart,
  type YamlContainer,
  type YamlMember,
  type YamlStretch,
  yamlMember,
} from "./yaml-tree.ts"

/** Puts `value` in the place of the member `index`; its tag and anchor stay where they can. */
export function* replaceMember(
  text: string,
  container: YamlContainer,
  index: number,
  value: unknown,
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const member = yamlMember(text, container, index)
  const { start, mark, value: node, properties, end } = member
  const like = isScalar(node) ? node.type : undefined
  const inline = yamlInline(value, like)
  if (node === undefined) {
    yield* fill(text, container, index, member, value, style)
    return
  }
  const from = contentStart(text, node)
  const bare = properties && withoutProperties(text, properties, { start: from, end }, inline)
  if (bare && !canKeepTag(node, value)) yield bare
  const isClear = mark !== undefined && text.slice(mark, from).trim() === ""
  const onLines =
    isBlockLike(value) && isClear && !container.flow
      ? nested(text, container, start, value, style)
      : undefined
  if (isBlockScalar(node)) {
    const column = start - lineStart(text, start)
    yield* replaceBlockScalar(text, node, { column, end }, { value, inline, onLines }, style)
  }
  if (onLines !== undefined) {
    const line = lineEnd(text, end)
    const isCommented = text.slice(end, line).trim() !== "" && end <= lineEnd(text, mark!)
    if (isCommented) {
      // What is said of a key or an item stays behind it.
      const column = " ".repeat(start - lineStart(text, start))
      const below = isMap(container) ? onLines : `${style.eol}${column} ${onLines}`
      yield besideComment({ start: mark!, end }, line, below)
    }
    yield [{ start: mark!, end, text: onLines }]
  } else if (isClear && !container.flow && isCollection(node) && !node.flow) {
    yield [{ start: mark, end, text: ` ${inline}` }]
  }
  yield [{ start: from, end, text: inline }]
  if (bare) yield bare
  if (mark === undefined || container.flow || !isFirstOnLine(text, from)) return
  // Comments stand between the key and its lines: the value goes to the key, they stay.
  const line = afterLineBreak(text, lineEnd(text, end))
  yield [
    { start: mark, end: mark, text: ` ${inline}` },
    { start: lineStart(text, from), end: line, text: "" },
  ]
}

/** A value below the comment that stands behind the old one. */
export function besideComment(old: YamlStretch, line: number, below: string): Splice[] {
  return [
    { ...old, text: "" },
    { start: line, end: line, text: below },
  ]
}

/** Without a tag that does not fit, and an anchor; comments between them and the value stay. */
function withoutProperties(
  text: string,
  properties: YamlStretch,
  { start, end }: YamlStretch,
  inline: string,
): Splice[] {
  if (text.slice(properties.end, start).trim() === "") {
    return [{ start: properties.start, end, text: inline }]
  }
  return [
    { ...properties, text: "" },
    { start, end, text: inline },
  ]
}

/** Puts a value where nothing is written, or nothing but a tag and an anchor. */
function* fill(
  text: string,
  container: YamlContainer,
  index: number,
  { start, mark, properties, end }: YamlMember,
  value: unknown,
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const inline = yamlInline(value)
  if (properties) {
    const item = container.items[index]
    const node = isMap(container) ? (item as Pair).value : item
    if (canKeepTag(node, value)) yield [{ start: end, end, text: ` ${inline}` }]
    yield [{ ...properties, text: inline }]
  } else if (mark !== undefined) {
    const line = lineEnd(text, mark)
    if (isBlockLike(value) && !container.flow) {
      const onLines = nested(text, container, start, value, style)
      const isCommented = isMap(container) && text.slice(mark, line).trim() !== ""
      const at = isCommented ? line : mark
      yield [{ start: at, end: at, text: onLines }]
    }
    yield [{ start: mark, end: mark, text: ` ${inline}` }]
  } else {
    yield [{ start: end, end, text: `: ${inline}` }]
    // Behind a "?" the value has a line of its own.
    const line = lineEnd(text, end)
    const column = " ".repeat(start - lineStart(text, start))
    yield [{ start: line, end: line, text: `${style.eol}${column}: ${inline}` }]
  }
}

/** A collection below its key or behind its dash. */
export function nested(
  text: string,
  container: YamlContainer,
  start: number,
  value: unknown,
  style: TextStyle,
): string {
  const column = " ".repeat(start - lineStart(text, start))
  if (isSeq(container)) {
    const gap = gapBehind(text, start)
    return gap + yamlBlock(value, `${column} ${gap}`, style)
  }
  const step = /^ {2,8}$/.test(style.unit) ? style.unit : "  "
  const indent = column + (style.hasLevelLists && Array.isArray(value) ? "" : step)
  return style.eol + indent + yamlBlock(value, indent, style)
}

/** The spaces behind the dash at `start`. */
export function gapBehind(text: string, start: number): string {
  const behind = /^ {1,8}(?=[^\s#])/.exec(text.slice(start + 1, start + 10))
  return behind?.[0] ?? " "
}
