import { tomlKey, tomlValue } from "../formats/toml-print.ts"
import { type FlowSyntax, insertInFlow, removeFromFlow } from "./flow-edit.ts"
import { applySplices } from "./splice.ts"
import {
  beginsWith,
  type TomlHome,
  type TomlText,
  tomlFlow,
  tomlHome,
  tomlText,
} from "./toml-tree.ts"
import { hashComments } from "./trivia.ts"

export const tomlSyntax: FlowSyntax = {
  commentEnd: hashComments,
  isMultiline: false,
  padding: " ",
}

/** Removes what lies at `path` inside an inline table; a table that dotted keys alone implied stays, empty. */
export function removeInline(toml: TomlText, path: readonly string[]): string {
  for (let read = toml; ; ) {
    const current = read.text
    const { home, rest, places } = find(read, path)
    const index = places.at(-1)
    if (index === undefined) return current
    const parent = rest.slice(0, -1)
    const isImplied = (names: readonly string[]) => parent.length > 0 && beginsWith(names, parent)
    if (places.length === 1 && home.members.filter(({ names }) => isImplied(names)).length === 1) {
      const { node } = home.members[index]!
      const [start, end] = node.range
      return applySplices(current, [{ start, end, text: `${parent.map(tomlKey).join(".")} = {}` }])
    }
    const flow = tomlFlow(current, home.table)
    const next = applySplices(current, removeFromFlow(current, flow, index, tomlSyntax))
    if (places.length === 1) return next
    read = tomlText(next)
  }
}

/** Puts a value in the place of a table that dotted keys inside an inline table imply. */
export function replaceInline(toml: TomlText, path: readonly string[], value: unknown): string {
  for (let read = toml; ; ) {
    const current = read.text
    const { home, rest, places } = find(read, path)
    if (places.length === 0) throw new RangeError("there is nothing of that name")
    if (places.length === 1) {
      const [start, end] = home.members[places[0]!]!.node.range
      const next = `${rest.map(tomlKey).join(".")} = ${tomlValue(value, path)}`
      return applySplices(current, [{ start, end, text: next }])
    }
    const flow = tomlFlow(current, home.table)
    read = tomlText(
      applySplices(current, removeFromFlow(current, flow, places.at(-1)!, tomlSyntax)),
    )
  }
}

/** Adds a member to a table that dotted keys inside an inline table imply. */
export function addInline(toml: TomlText, path: readonly string[], value: unknown): string {
  const { text, style } = toml
  const { home, rest, places } = find(toml, path.slice(0, -1))
  if (places.length === 0) throw new RangeError("there is no table of that name")
  const names = [...rest, path.at(-1)!].map(tomlKey)
  const item = `${names.join(".")} = ${tomlValue(value, path)}`
  const flow = tomlFlow(text, home.table)
  return applySplices(text, insertInFlow(text, flow, places.at(-1)! + 1, item, tomlSyntax, style))
}

/** The inline table around `path`, and the places of the members at or below it. */
function find(
  { index }: TomlText,
  path: readonly string[],
): { readonly home: TomlHome; readonly rest: readonly string[]; readonly places: number[] } {
  const home = tomlHome(index, path)
  if (home === undefined) throw new RangeError("there is nothing of that name")
  const rest = path.slice(home.depth)
  const places = home.members.flatMap(({ names }, place) =>
    beginsWith(names, rest) ? [place] : [],
  )
  return { home, rest, places }
}
