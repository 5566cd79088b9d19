import { type FlowSyntax, insertInFlow, removeFromFlow } from "./flow-edit.ts"
import { JsonPlaces } from "./json-places.ts"
import { type JsonChild, type JsonContainer, skipValue } from "./json-scan.ts"
import type { Splice } from "./splice.ts"
import type { EditOperation, TextEditor } from "./text-editor.ts"
import { indentation, type TextStyle } from "./text-style.ts"
import { skipTrivia, slashComments } from "./trivia.ts"

/** Edits JSON and JSONC. */
export const editJson: TextEditor = (text, textStyle) => {
  const root = skipTrivia(text, 0, slashComments)
  const isMultiline = hasLines(text)
  // One at the end of its line tells nothing.
  const firstColon = /"[ \t]*:([ \t]*)\S/.exec(text)
  const isSpaced = firstColon ? firstColon[1] !== "" : isMultiline || /[{,][ \t]/.test(text)
  const style: JsonStyle = { ...textStyle, isMultiline, isSpaced }
  const places = new JsonPlaces(text, root)
  return (operation, path) => {
    const name = path.at(-1)
    if (name === undefined) {
      const value = operation.op === "remove" ? null : operation.value
      return [
        [root === text.length ? atEnd(text, value, style) : replacement(text, root, value, style)],
      ]
    }
    if (operation.op === "replace") {
      return [[replacement(text, places.value(path), operation.value, style)]]
    }
    const container = places.container(path.slice(0, -1))
    const index = container.isArray ? Number(name) : places.member(container, name)
    return [splices(text, container, index, name, operation, style)]
  }
}

/** How a JSON text is laid out. */
interface JsonStyle extends TextStyle {
  /** Whether it stands on several lines. */
  readonly isMultiline: boolean
  /** Whether a space stands behind colons and commas on one line. */
  readonly isSpaced: boolean
}

/** Puts a value below comments alone. */
function atEnd(text: string, value: unknown, style: JsonStyle): Splice {
  const lineBreak = text === "" || /[\r\n]$/.test(text) ? "" : style.eol
  const printed = lineBreak + printValue(value, "", style, true) + style.eol
  return { start: text.length, end: text.length, text: printed }
}

function splices(
  text: string,
  container: JsonContainer,
  index: number,
  name: string,
  operation: Exclude<EditOperation, { op: "replace" }>,
  style: JsonStyle,
): Splice[] {
  const { isMultiline } = style
  const mark = colon(text, container, style)
  const isSpaced = container.isArray ? style.isSpaced : /\s$/.test(mark)
  const gap = isSpaced ? " " : ""
  const padding = container.isArray ? "" : gap
  const syntax: FlowSyntax = { commentEnd: slashComments, isMultiline, padding, gap }
  if (operation.op === "remove") return removeFromFlow(text, container, index, syntax)
  const at = container.isArray ? index : container.children.length
  const inner = childIndentation(text, container)
  // Beside others on one line there is no place for lines of its own.
  const hasRoom = isMultiline && (inner !== undefined || container.children.length === 0)
  const indent = hasRoom ? (inner ?? indentation(text, container.open) + style.unit) : ""
  const value = printValue(operation.value, indent, { ...style, isSpaced }, hasRoom)
  const item = container.isArray ? value : `${JSON.stringify(name)}${mark}${value}`
  return insertInFlow(text, container, at, item, syntax, style)
}

function replacement(text: string, start: number, value: unknown, style: JsonStyle): Splice {
  const { isMultiline } = style
  const indent = isMultiline ? indentation(text, start) : ""
  const printed = printValue(value, indent, style, isMultiline)
  return { start, end: skipValue(text, start), text: printed }
}

function printValue(
  value: unknown,
  indent: string,
  { unit, eol, isSpaced }: JsonStyle,
  isMultiline: boolean,
): string {
  if (!isMultiline) {
    if (!isSpaced) return JSON.stringify(value)
    // In texts there are no line breaks.
    return JSON.stringify(value, undefined, 1).replace(/,\n */g, ", ").replace(/\n */g, "")
  }
  return JSON.stringify(value, undefined, unit).replaceAll("\n", eol + indent)
}

/** Whether anything follows a line break. A text with nothing in it yet has lines, as new files do. */
function hasLines(text: string): boolean {
  if (/^\s*(?:\{\}|\[\])\s*$/.test(text)) return true
  const at = text.search(/[\r\n]/)
  return at >= 0 && /\S/.test(text.slice(at))
}

/** What stands between names and values here. */
function colon(text: string, { children }: JsonContainer, { isSpaced }: JsonStyle): string {
  const usual = isSpaced ? ": " : ":"
  const last: JsonChild | undefined = children.at(-1)
  if (last === undefined) return usual
  const between = text.slice(skipValue(text, last.start), last.value)
  return /^[ \t]*:[ \t]*$/.test(between) ? between : usual
}

function childIndentation(text: string, { open, children }: JsonContainer): string | undefined {
  const first = children[0]
  if (first === undefined || !/[\r\n]/.test(text.slice(open, first.start))) return undefined
  return indentation(text, first.start)
}
