import { isPlainObject } from "../../plain-object.ts"
import { withoutBom } from "../formats/decode-error.ts"
import { printTomlSection, tomlKey, tomlValue } from "../formats/toml-print.ts"
import { insertInFlow, removeFromFlow } from "./flow-edit.ts"
import { applySplices, type Splice } from "./splice.ts"
import type { TextEditor } from "./text-editor.ts"
import { lineStart, type TextStyle, textStyle } from "./text-style.ts"
import { addInline, removeInline, replaceInline, tomlSyntax } from "./toml-inline.ts"
import { tomlInPlaceOf } from "./toml-kind.ts"
import {
  addLine,
  groupEnd,
  headerPath,
  insertAfter,
  insertBlock,
  lines,
  sectionEnd,
  sectionLines,
  stretches,
} from "./toml-lines.ts"
import {
  beginsWith,
  type TomlDefinition,
  type TomlSection,
  tomlFlow,
  tomlHome,
  tomlSections,
  tomlValueAt,
} from "./toml-tree.ts"

/** Edits TOML. */
export const editToml: TextEditor = function* (whole, operation, path) {
  const text = withoutBom(whole)
  const bom = whole.slice(0, whole.length - text.length)
  if (path.length === 0) throw new RangeError("a TOML file is always a table")
  if (operation.op === "add") {
    for (const next of add(text, path, operation.value)) yield bom + next
  } else if (operation.op === "remove") yield bom + remove(text, path)
  else {
    const found = tomlValueAt(allDefinitions(tomlSections(text)), path)
    if (found) {
      const [start, end] = found.node.range
      for (const printed of tomlInPlaceOf(text, found.node, operation.value, path)) {
        yield bom + applySplices(text, [{ start, end, text: printed }])
      }
    } else if (tomlHome(allDefinitions(tomlSections(text)), path)) {
      yield bom + replaceInline(text, path, operation.value)
    } else {
      const next = replaceDotted(text, path, operation.value)
      if (next !== undefined) yield bom + next
      for (const next of add(remove(text, path), path, operation.value)) {
        yield bom + next
      }
    }
  }
}

/** Puts a value in the place of a table that dotted keys imply. */
function replaceDotted(text: string, path: readonly string[], value: unknown): string | undefined {
  const sections = tomlSections(text)
  if (sections.some((one) => one.node && beginsWith(one.path, path))) return undefined
  const [first, ...others] = allDefinitions(sections).filter((one) => beginsWith(one.path, path))
  if (first === undefined) return undefined
  const [start, end] = first.node.range
  const name = path.slice(first.sectionDepth).map(tomlKey).join(".")
  const line = { start, end, text: `${name} = ${tomlValue(value, path)}` }
  return applySplices(text, [line, ...others.map(({ node }) => lines(text, node.range))])
}

function allDefinitions(sections: readonly TomlSection[]): TomlDefinition[] {
  return sections.flatMap(({ definitions }) => definitions)
}

function remove(text: string, path: readonly string[]): string {
  const sections = tomlSections(text)
  const found = tomlValueAt(allDefinitions(sections), path)
  if (found?.inside?.type === "TOMLArray") {
    const flow = tomlFlow(text, found.inside)
    return applySplices(text, removeFromFlow(text, flow, found.index, tomlSyntax))
  }
  if (tomlHome(allDefinitions(sections), path)) return removeInline(text, path)
  const gone = (other: readonly string[]) => beginsWith(other, path)
  const splices = sections.flatMap((section): Splice[] => {
    if (section.node && gone(section.path)) return [sectionLines(text, section)]
    return section.definitions
      .filter((one) => gone(one.path))
      .map(({ node }) => lines(text, node.range))
  })
  if (splices.length === 0) throw new RangeError("there is nothing of that name")
  const without = applySplices(text, stretches(text, splices))
  const parent = path.slice(0, -1)
  if (isThere(without, parent)) return without
  // A table that was only implied by what is gone has to be written down now, empty.
  if (isIndex(sections, path)) {
    const [first] = add(without, parent, [])
    if (first === undefined) throw new RangeError("its table cannot be left empty")
    return first
  }
  return applySplices(text, [emptyParent(text, sections, path), ...splices.slice(1)])
}

function isThere(text: string, path: readonly string[]): boolean {
  const sections = tomlSections(text)
  return (
    path.length === 0 ||
    sections.some((section) => beginsWith(section.path, path)) ||
    allDefinitions(sections).some((one) => beginsWith(one.path, path) || beginsWith(path, one.path))
  )
}

/** Puts the empty table of `path` in the place of the first thing that is removed with `path`. */
function emptyParent(
  text: string,
  sections: readonly TomlSection[],
  path: readonly string[],
): Splice {
  const parent = path.slice(0, -1)
  const section = sections.find((one) => one.node && beginsWith(one.path, path))
  const definition = allDefinitions(sections).find((one) => beginsWith(one.path, path))
  if (definition && !beginsWith(definition.path.slice(0, definition.sectionDepth), path)) {
    const names = parent.slice(definition.sectionDepth).map(tomlKey)
    const [start, end] = definition.node.range
    return { start, end, text: `${names.join(".")} = {}` }
  }
  if (section?.node === undefined) throw new RangeError("its table cannot be left empty")
  const start = section.node.range[0]
  const end = sectionEnd(text, section)
  return { start, end, text: `[${headerPath(sections, parent).map(tomlKey).join(".")}]` }
}

function isIndex(sections: readonly TomlSection[], path: readonly string[]): boolean {
  return sections.some(
    (one) => one.isArrayItem && one.path.length === path.length && beginsWith(one.path, path),
  )
}

function* add(
  text: string,
  path: readonly string[],
  value: unknown,
): Generator<string, void, undefined> {
  const sections = tomlSections(text)
  const style = textStyle(text)
  const parent = path.slice(0, -1)
  const name = path.at(-1)!
  const inside = tomlValueAt(allDefinitions(sections), parent)?.node
  if (inside?.type === "TOMLArray" || inside?.type === "TOMLInlineTable") {
    const isArray = inside.type === "TOMLArray"
    const flow = tomlFlow(text, inside)
    const printed = tomlValue(value, path)
    const item = isArray ? printed : `${tomlKey(name)} = ${printed}`
    const at = isArray ? Number(name) : flow.children.length
    const padding = isArray ? "" : " "
    yield applySplices(text, insertInFlow(text, flow, at, item, { ...tomlSyntax, padding }, style))
    return
  }
  if (tomlHome(allDefinitions(sections), path)) {
    yield addInline(text, path, value, style)
    return
  }
  const items = sections.filter(
    (one) => one.isArrayItem && one.path.length === path.length && beginsWith(one.path, parent),
  )
  if (items.length > 0 && isPlainObject(value)) {
    yield* addItem(text, sections, items, path, value, style)
    return
  }
  if (isPlainObject(value) && Object.keys(value).length > 0) {
    const block = printTomlSection(value, headerPath(sections, path), style.eol)
    yield insertBlock(text, groupEnd(text, sections, parent), block, style)
  }
  const line = (names: readonly string[]) =>
    `${names.map(tomlKey).join(".")} = ${tomlValue(value, path)}`
  const section = sections.find(
    (one) => samePath(one.path, parent) && (one.node || one.path.length === 0),
  )
  if (section !== undefined) yield addLine(text, section, line([name]), style)
  const dotted = allDefinitions(sections).findLast(
    (one) => one.sectionDepth < parent.length && beginsWith(one.path, parent),
  )
  if (dotted) {
    yield insertAfter(
      text,
      dotted.node.range,
      line([...parent.slice(dotted.sectionDepth), name]),
      style,
    )
  }
  const header = `[${headerPath(sections, parent).map(tomlKey).join(".")}]`
  const body = `${header}${style.eol}${line([name])}`
  yield insertBlock(text, groupEnd(text, sections, parent), body, style)
}

/** Adds an element to an array of tables. */
function* addItem(
  text: string,
  sections: readonly TomlSection[],
  items: readonly TomlSection[],
  path: readonly string[],
  value: Record<string, unknown>,
  style: TextStyle,
): Generator<string, void, undefined> {
  const header = headerPath(sections, path.slice(0, -1))
  const block = printTomlSection([value], header, style.eol)
  const next = items[Number(path.at(-1))]?.node
  if (next) {
    const start = lineStart(text, next.range[0])
    const before = `${block}${style.eol}${style.eol}`
    yield applySplices(text, [{ start, end: start, text: before }])
  } else yield insertBlock(text, groupEnd(text, sections, path.slice(0, -1)), block, style)
}

function samePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && beginsWith(one, other)
}
