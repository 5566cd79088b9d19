import { tomlKey, tomlValue } from "../formats/toml-print.ts"
import { type FlowContainer, type FlowSyntax, insertInFlow, removeFromFlow } from "./flow-edit.ts"
import { applySplices, difference, type Splice } from "./splice.ts"
import { type TomlHome, type TomlText, tomlFlow, tomlHome, tomlText } from "./toml-tree.ts"
import { hashComments } from "./trivia.ts"

export const tomlSyntax: FlowSyntax = {
  commentEnd: hashComments,
  isMultiline: false,
  padding: " ",
}

/** Removes what lies at `path` inside an inline table; a table that dotted keys alone implied stays, empty. */
export function removeInline(toml: TomlText, path: readonly string[]): Splice[] {
  const { home, rest, places } = find(toml, path)
  const parent = rest.slice(0, -1)
  const isLeft = parent.length === 0 || home.members.below(parent).length > places.length
  return without(toml, path, isLeft ? undefined : `${parent.map(tomlKey).join(".")} = {}`)
}

/** Puts a value in the place of a table that dotted keys inside an inline table imply. */
export function replaceInline(toml: TomlText, path: readonly string[], value: unknown): Splice[] {
  const { rest, places } = find(toml, path)
  if (places.length === 0) throw new RangeError("there is nothing of that name")
  return without(toml, path, `${rest.map(tomlKey).join(".")} = ${tomlValue(value, path)}`)
}

/** Removes the members at `path` and below it, or puts `left` in their place. */
function without(toml: TomlText, path: readonly string[], left: string | undefined): Splice[] {
  const { home, places } = find(toml, path)
  const flow = tomlFlow(toml.text, home.table)
  const first = left === undefined ? undefined : flow.children[places[0]!]
  const gone = first === undefined ? places : places.slice(1)
  const kept = first ? [{ start: first.start, end: first.end, text: left! }] : []
  if (gone.length <= 1) {
    return [...kept, ...gone.flatMap((place) => removeFromFlow(toml.text, flow, place, tomlSyntax))]
  }
  if (!/[\r\n]/.test(toml.text.slice(flow.open, flow.close))) {
    return [...kept, ...removeOnOneLine(flow, gone)]
  }
  const last = removeFromFlow(toml.text, flow, gone.at(-1)!, tomlSyntax)
  const next = tomlText(applySplices(toml.text, last), toml.style)
  return difference(toml.text, applySplices(next.text, without(next, path, left)))
}

/** As `removeFromFlow` of one place after the other from the last on, where no comments and lines of their own are in it. */
function removeOnOneLine(
  { open, close, children }: FlowContainer,
  gone: readonly number[],
): Splice[] {
  if (gone.length === children.length) return [{ start: open + 1, end: close, text: "" }]
  const isGone = new Set(gone)
  const lastKept = children.findLastIndex((_, place) => !isGone.has(place))
  const behind = children.at(-1)!.comma === undefined ? 0 : 1
  return gone.map((place) => {
    const { start, end, comma } = children[place]!
    if (place < lastKept) return { start, end: children[place + 1]!.start, text: "" }
    const from = children[place - 1]!.comma! + behind
    return { start: from, end: behind ? comma! + 1 : end, text: "" }
  })
}

/** Adds a member to a table that dotted keys inside an inline table imply. */
export function addInline(toml: TomlText, path: readonly string[], value: unknown): Splice[] {
  const { text, style } = toml
  const { home, rest, places } = find(toml, path.slice(0, -1))
  if (places.length === 0) throw new RangeError("there is no table of that name")
  const names = [...rest, path.at(-1)!].map(tomlKey)
  const item = `${names.join(".")} = ${tomlValue(value, path)}`
  const flow = tomlFlow(text, home.table)
  const splices = insertInFlow(text, flow, places.at(-1)! + 1, item, tomlSyntax, style)
  return difference(text, applySplices(text, splices))
}

/** The inline table around `path`, and the places of the members at or below it. */
function find(
  { index }: TomlText,
  path: readonly string[],
): {
  readonly home: TomlHome
  readonly rest: readonly string[]
  readonly places: readonly number[]
} {
  const home = tomlHome(index, path)
  if (home === undefined) throw new RangeError("there is nothing of that name")
  const rest = path.slice(home.depth)
  const places = home.members.below(rest)
  return { home, rest, places }
}
