import type { Document, Pair } from "yaml"
import { type PlainObject, setOwn } from "../../plain-object.ts"
import type { Splice } from "./splice.ts"
import { lineEnd, type TextStyle } from "./text-style.ts"
import { markBefore } from "./yaml-lines.ts"
import { isCollection, isMap } from "./yaml-nodes.ts"
import { yamlBlock } from "./yaml-print.ts"
import { besideComment, nested } from "./yaml-replace.ts"
import { memberIndex, type YamlContainer, yamlContainer, yamlMember } from "./yaml-tree.ts"

/**
 * The first member of an empty `{}` or `[]`: on lines of its own, as those beside it are. Nothing where they, or
 * what they lie in, stand in brackets, or something is written between these.
 */
export function* fillEmpty(
  text: string,
  document: Document,
  container: YamlContainer,
  path: readonly string[],
  value: unknown,
  style: TextStyle,
): Generator<Splice[], void, undefined> {
  const [open, end] = container.range!
  if (text.slice(open + 1, end - 1).trim() !== "") return
  const content = isMap(container) ? member(path.at(-1)!, value) : [value]
  const line = lineEnd(text, end)
  // On its line a tag or an anchor would become one of the first key.
  const isBare = container.tag === undefined && container.anchor === undefined
  const isClear = isBare && text.slice(end, line).trim() === ""
  if (document.contents === container) {
    if (!isClear) return
    const mark = markBefore(text, open)
    const block = yamlBlock(content, "", style)
    if (mark === undefined) yield [{ start: open, end, text: block }]
    else yield [{ start: mark, end, text: style.eol + block }]
    return
  }
  const outer = yamlContainer(document, path.slice(0, -2))
  if (outer.flow || isBesideBrackets(outer, container)) return
  const { start } = yamlMember(text, outer, memberIndex(document, outer, path.at(-2)!))
  const below = nested(text, outer, start, content, style)
  if (isMap(outer)) {
    // A comment stays behind the key.
    const from = text.slice(0, open).trimEnd().length
    yield besideComment({ start: from, end }, line, below)
  } else if (isClear) yield [{ start: open, end, text: below.trimStart() }]
}

/** Whether the collections beside an empty one stand in brackets; those that are empty too do not count. */
function isBesideBrackets(outer: YamlContainer, container: YamlContainer): boolean {
  const others = outer.items
    .map((item) => (isMap(outer) ? (item as Pair).value : item))
    .filter((other) => other !== container && isCollection(other) && other.items.length > 0)
  return others.length > 0 && others.every((other) => (other as YamlContainer).flow)
}

function member(name: string, value: unknown): PlainObject {
  const object: PlainObject = {}
  setOwn(object, name, value)
  return object
}
