import { isPlainObject, type PlainObject } from "../../plain-object.ts"
import { printTomlSection, tomlKey, tomlValue } from "../formats/toml-print.ts"
import { insertInFlow, removeFromFlow } from "./flow-edit.ts"
import { applySplices, type Splice } from "./splice.ts"
import type { EditOperation, TextEditor } from "./text-editor.ts"
import { lineStart, type TextStyle } from "./text-style.ts"
import type { TomlBelow, TomlIndex } from "./toml-index.ts"
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
  type TomlSection,
  type TomlText,
  tomlFlow,
  tomlHome,
  tomlText,
  tomlValueAt,
} from "./toml-tree.ts"

/** Edits TOML. */
export const editToml: TextEditor = (text, style) => {
  const toml = tomlText(text, style)
  return (operation, path) => {
    if (path.length === 0) throw new RangeError("a TOML file is always a table")
    return edits(toml, operation, path)
  }
}

function* edits(
  toml: TomlText,
  operation: EditOperation,
  path: readonly string[],
): Generator<Splice[], void, undefined> {
  if (operation.op === "add") yield* add(toml, path, operation.value)
  else if (operation.op === "remove") yield remove(toml, path)
  else yield* replace(toml, path, operation.value)
}

function* replace(
  toml: TomlText,
  path: readonly string[],
  value: unknown,
): Generator<Splice[], void, undefined> {
  const { text, style, index } = toml
  const found = tomlValueAt(index, path)
  if (found) {
    const [start, end] = found.node.range
    for (const printed of tomlInPlaceOf(text, found.node, value, path)) {
      yield [{ start, end, text: printed }]
    }
  } else if (tomlHome(index, path)) {
    yield replaceInline(toml, path, value)
  } else {
    const dotted = replaceDotted(toml, path, value)
    if (dotted !== undefined) yield dotted
    const without = tomlText(applySplices(text, remove(toml, path)), style)
    for (const splices of add(without, path, value)) {
      yield instead(text, applySplices(without.text, splices))
    }
  }
}

/** Another text as a whole, where a change takes several steps. */
function instead(text: string, next: string): Splice[] {
  return [{ start: 0, end: text.length, text: next }]
}

/** Puts a value in the place of a table that dotted keys imply. */
function replaceDotted(
  { text, index }: TomlText,
  path: readonly string[],
  value: unknown,
): Splice[] | undefined {
  const { sections, definitions } = index.below(path)
  const [first, ...others] = definitions
  if (sections.length > 0 || first === undefined) return undefined
  const [start, end] = first.node.range
  const name = path.slice(first.sectionDepth).map(tomlKey).join(".")
  const line = { start, end, text: `${name} = ${tomlValue(value, path)}` }
  return [line, ...others.map(({ node }) => lines(text, node.range))]
}

function remove(toml: TomlText, path: readonly string[]): Splice[] {
  const { text, style, index } = toml
  const found = tomlValueAt(index, path)
  if (found?.inside?.type === "TOMLArray") {
    return removeFromFlow(text, tomlFlow(text, found.inside), found.index, tomlSyntax)
  }
  if (tomlHome(index, path)) return removeInline(toml, path)
  const { sections, definitions } = index.below(path)
  const splices = [
    ...sections.map((section) => sectionLines(text, section)),
    ...definitions
      .filter(({ sectionDepth }) => sectionDepth < path.length)
      .map(({ node }) => lines(text, node.range)),
  ].sort((one, other) => one.start - other.start)
  if (splices.length === 0) throw new RangeError("there is nothing of that name")
  const parent = path.slice(0, -1)
  if (isThereWithout(index, path, parent)) return stretches(text, splices)
  // A table that was only implied by what is gone has to be written down now, empty.
  if (index.isItem(path)) {
    const without = tomlText(applySplices(text, stretches(text, splices)), style)
    const [first] = add(without, parent, [])
    if (first === undefined) throw new RangeError("its table cannot be left empty")
    return instead(text, applySplices(without.text, first))
  }
  return [emptyParent(toml, path), ...splices.slice(1)]
}

/** Whether anything says that there is a table at `parent` when what `path` names is gone. */
function isThereWithout(
  index: TomlIndex,
  path: readonly string[],
  parent: readonly string[],
): boolean {
  if (parent.length === 0 || index.definitionOn(parent) !== undefined) return true
  const [all, gone] = [index.below(parent), index.below(path)]
  return (
    all.sections.length > gone.sections.length || all.definitions.length > gone.definitions.length
  )
}

/** Puts the empty table of `path` in the place of the first thing that is removed with `path`. */
function emptyParent({ text, index }: TomlText, path: readonly string[]): Splice {
  const parent = path.slice(0, -1)
  const {
    sections: [section],
    definitions: [definition],
  } = index.below(path)
  if (definition && !beginsWith(definition.path.slice(0, definition.sectionDepth), path)) {
    const names = parent.slice(definition.sectionDepth).map(tomlKey)
    const [start, end] = definition.node.range
    return { start, end, text: `${names.join(".")} = {}` }
  }
  if (section?.node === undefined) throw new RangeError("its table cannot be left empty")
  const start = section.node.range[0]
  const end = sectionEnd(text, section)
  return { start, end, text: `[${headerPath(index, parent).map(tomlKey).join(".")}]` }
}

function* add(
  toml: TomlText,
  path: readonly string[],
  value: unknown,
): Generator<Splice[], void, undefined> {
  const { text, style, sections, index } = toml
  const parent = path.slice(0, -1)
  const name = path.at(-1)!
  const inside = tomlValueAt(index, parent)?.node
  if (inside?.type === "TOMLArray" || inside?.type === "TOMLInlineTable") {
    const isArray = inside.type === "TOMLArray"
    const flow = tomlFlow(text, inside)
    const printed = tomlValue(value, path)
    const item = isArray ? printed : `${tomlKey(name)} = ${printed}`
    const at = isArray ? Number(name) : flow.children.length
    const padding = isArray ? "" : " "
    yield insertInFlow(text, flow, at, item, { ...tomlSyntax, padding }, style)
    return
  }
  if (tomlHome(index, path)) {
    yield addInline(toml, path, value)
    return
  }
  const below = index.below(parent)
  const items = below.sections.filter((one) => one.isArrayItem && one.path.length === path.length)
  if (items.length > 0 && isPlainObject(value)) {
    yield addItem(toml, items, path, value, style)
    return
  }
  const section =
    parent.length === 0
      ? sections[0]
      : below.sections.find((one) => one.path.length === parent.length)
  const isTable = isPlainObject(value) && Object.keys(value).length > 0
  if (isTable && !(section && isInlineBeside(section, below, value))) {
    const block = printTomlSection(value, headerPath(index, path), style.eol)
    yield insertBlock(text, groupEnd(toml, parent), block, style)
  }
  const line = (names: readonly string[]) =>
    `${names.map(tomlKey).join(".")} = ${tomlValue(value, path)}`
  if (section !== undefined) yield addLine(toml, section, line([name]), style)
  const dotted = below.definitions.findLast((one) => one.sectionDepth < parent.length)
  if (dotted) {
    const names = [...parent.slice(dotted.sectionDepth), name]
    yield insertAfter(text, dotted.node.range, line(names), style)
  }
  const header = `[${headerPath(index, parent).map(tomlKey).join(".")}]`
  const body = `${header}${style.eol}${line([name])}`
  yield insertBlock(text, groupEnd(toml, parent), body, style)
}

/** Whether a new table is better written on one line: tables beside it are, and it has none in it. */
function isInlineBeside(section: TomlSection, below: TomlBelow, value: PlainObject): boolean {
  const { length } = section.path
  const isDeep = Object.values(value).some((member) => [member].flat().some(isPlainObject))
  if (isDeep || below.sections.some(({ path }) => path.length > length)) return false
  return section.definitions.some(({ path, node: { value: beside } }) => {
    const isMember = path.length === length + 1
    return isMember && beside.type === "TOMLInlineTable" && beside.body.length > 0
  })
}

/** Adds an element to an array of tables. */
function addItem(
  toml: TomlText,
  items: readonly TomlSection[],
  path: readonly string[],
  value: Record<string, unknown>,
  style: TextStyle,
): Splice[] {
  const { text, index } = toml
  const header = headerPath(index, path.slice(0, -1))
  const block = printTomlSection([value], header, style.eol)
  const next = items[Number(path.at(-1))]?.node
  if (next === undefined) {
    return insertBlock(text, groupEnd(toml, path.slice(0, -1)), block, style)
  }
  const start = lineStart(text, next.range[0])
  return [{ start, end: start, text: `${block}${style.eol}${style.eol}` }]
}
