import type { AST } from "toml-eslint-parser"
import { tomlParser } from "../formats/lazy-parsers.ts"
import type { FlowContainer } from "./flow-edit.ts"
import type { TextStyle } from "./text-style.ts"
import { TomlIndex } from "./toml-index.ts"
import { hashComments, skipTrivia } from "./trivia.ts"

/** A line `key = value`, with the whole path of what it defines. */
export interface TomlDefinition {
  readonly path: readonly string[]
  /** How much of the path is the section's. */
  readonly sectionDepth: number
  readonly node: AST.TOMLKeyValue
}

/** A part of the file below a header, or the part before the first. */
export interface TomlSection {
  readonly path: readonly string[]
  readonly isArrayItem: boolean
  /** Undefined before the first header. */
  readonly node: AST.TOMLTable | undefined
  readonly definitions: readonly TomlDefinition[]
}

/** A TOML text and what it is made of. */
export interface TomlText {
  readonly text: string
  readonly style: TextStyle
  readonly sections: readonly TomlSection[]
  /** Where sections and definitions stand. */
  readonly index: TomlIndex
}

/** Reads a TOML text, of which what is added takes the style. */
export function tomlText(text: string, style: TextStyle): TomlText {
  const sections = tomlSections(text)
  return { text, style, sections, index: new TomlIndex(sections) }
}

/** Sections and definitions of a TOML text. */
export function tomlSections(text: string): TomlSection[] {
  const [table] = tomlParser().parseTOML(text).body
  const isDefinition = (node: AST.TOMLKeyValue | AST.TOMLTable): node is AST.TOMLKeyValue =>
    node.type === "TOMLKeyValue"
  const top = section([], false, undefined, table.body.filter(isDefinition))
  const sections = table.body.filter((node) => node.type === "TOMLTable")
  return [
    top,
    ...sections.map((node) =>
      section(node.resolvedKey.map(String), node.kind === "array", node, node.body),
    ),
  ]
}

function section(
  path: string[],
  isArrayItem: boolean,
  node: AST.TOMLTable | undefined,
  body: readonly AST.TOMLKeyValue[],
): TomlSection {
  const definitions = body.map((definition) => ({
    path: [...path, ...keyNames(definition)],
    sectionDepth: path.length,
    node: definition,
  }))
  return { path, isArrayItem, node, definitions }
}

/** The names of a key, dotted ones apart. */
export function keyNames({ key }: AST.TOMLKeyValue): string[] {
  return key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value))
}

/** Whether `path` begins with `prefix`. */
export function beginsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((name, index) => name === path[index])
}

/** A value inside a definition: the node, and the bracketed container and place that hold it. */
export interface TomlValue {
  readonly node: AST.TOMLContentNode
  readonly inside: AST.TOMLArray | AST.TOMLInlineTable | undefined
  readonly index: number
}

/** The value at `path`, written as a value; undefined when it is a table of its own or missing. */
export function tomlValueAt(
  index: TomlIndex,
  path: readonly string[],
): (TomlValue & { readonly definition: TomlDefinition }) | undefined {
  const definition = index.definitionOn(path)
  if (definition === undefined) return undefined
  const start: TomlValue = { node: definition.node.value, inside: undefined, index: 0 }
  const found = descend(start, path.slice(definition.path.length))
  return found && { ...found, definition }
}

function descend(value: TomlValue, rest: readonly string[]): TomlValue | undefined {
  if (rest.length === 0) return value
  const { node } = value
  if (node.type === "TOMLArray") {
    const index = Number(rest[0])
    const element = node.elements[index]
    return element && descend({ node: element, inside: node, index }, rest.slice(1))
  }
  if (node.type !== "TOMLInlineTable") return undefined
  const members = tomlMembers(node)
  for (const index of members.places(rest)) {
    const { names, node: member } = members.all[index]!
    if (!beginsWith(rest, names)) continue
    return descend({ node: member.value, inside: node, index }, rest.slice(names.length))
  }
  return undefined
}

/** The members of an inline table; each of many changes looks for some of them. */
class TomlMembers {
  readonly all: readonly { readonly names: readonly string[]; readonly node: AST.TOMLKeyValue }[]
  readonly #byFirstName: ReadonlyMap<string, number[]>

  constructor(table: AST.TOMLInlineTable) {
    this.all = table.body.map((node) => ({ names: keyNames(node), node }))
    this.#byFirstName = Map.groupBy(this.all.keys(), (place) => this.all[place]!.names[0]!)
  }

  /** The places of those whose names begin as `path` does. */
  places(path: readonly string[]): readonly number[] {
    return this.#byFirstName.get(path[0]!) ?? []
  }

  /** The places of those at `path` or below it. */
  below(path: readonly string[]): readonly number[] {
    return this.places(path).filter((place) => beginsWith(this.all[place]!.names, path))
  }
}

function tomlMembers(table: AST.TOMLInlineTable): TomlMembers {
  const known = membersOf.get(table)
  if (known !== undefined) return known
  const members = new TomlMembers(table)
  membersOf.set(table, members)
  return members
}

const membersOf = new WeakMap<AST.TOMLInlineTable, TomlMembers>()

/** An inline table on the way to a path. */
export interface TomlHome {
  readonly table: AST.TOMLInlineTable
  /** How much of the path leads to it. */
  readonly depth: number
  readonly members: TomlMembers
}

/** The innermost inline table that what `path` names can lie in; undefined when it lies in none. */
export function tomlHome(index: TomlIndex, path: readonly string[]): TomlHome | undefined {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const table = tomlValueAt(index, path.slice(0, depth))?.node
    if (table?.type !== "TOMLInlineTable") continue
    return { table, depth, members: tomlMembers(table) }
  }
  return undefined
}

/** An array or inline table, for the edits that all bracketed containers share. */
export function tomlFlow(text: string, node: AST.TOMLArray | AST.TOMLInlineTable): FlowContainer {
  const known = flows.get(node)
  if (known !== undefined) return known
  const members: readonly AST.TOMLNode[] = node.type === "TOMLArray" ? node.elements : node.body
  const children = members.map(({ range: [start, end] }) => {
    const next = skipTrivia(text, end, hashComments)
    return { start, end, comma: text[next] === "," ? next : undefined }
  })
  const flow = { open: node.range[0], close: node.range[1] - 1, children }
  flows.set(node, flow)
  return flow
}

// Nobody changes a tree: it is made of the text once.
const flows = new WeakMap<AST.TOMLNode, FlowContainer>()
