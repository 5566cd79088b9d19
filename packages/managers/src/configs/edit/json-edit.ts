import { type FlowSyntax, insertInFlow, removeFromFlow } from "./flow-edit.ts"
import {
  findValue,
  type JsonChild,
  type JsonContainer,
  scanContainer,
  skipValue,
} from "./json-scan.ts"
import type { Splice } from "./splice.ts"
import type { EditOperation, TextEditor } from "./text-editor.ts"
import { indentation, type TextStyle, textStyle } from "./text-style.ts"
import { skipTrivia, slashComments } from "./trivia.ts"

/** Edits JSON and JSONC. */
export const editJson: TextEditor = (text) => {
  const root = skipTrivia(text, 0, slashComments)
  const style = textStyle(text)
  return (operation, path) => {
    const name = path.at(-1)
    if (name === undefined) {
      const value = operation.op === "remove" ? null : operation.value
      return [
        [root === text.length ? atEnd(text, value, style) : replacement(text, root, value, style)],
      ]
    }
    if (operation.op === "replace") {
      return [[replacement(text, findValue(text, root, path), operation.value, style)]]
    }
    const container = descend(text, root, path.slice(0, -1))
    return [splices(text, container, name, operation, style)]
  }
}

/** Puts a value below comments alone. */
function atEnd(text: string, value: unknown, style: TextStyle): Splice {
  const lineBreak = text === "" || /[\r\n]$/.test(text) ? "" : style.eol
  const printed = lineBreak + printValue(value, "", style, true) + style.eol
  return { start: text.length, end: text.length, text: printed }
}

function splices(
  text: string,
  container: JsonContainer,
  name: string,
  operation: Exclude<EditOperation, { op: "replace" }>,
  style: TextStyle,
): Splice[] {
  const isMultiline = hasLines(text)
  const padding = container.isArray ? "" : " "
  const syntax: FlowSyntax = { commentEnd: slashComments, isMultiline, padding }
  const index = container.isArray ? Number(name) : findKey(container, name)
  if (operation.op === "remove") return removeFromFlow(text, container, index, syntax)
  const at = container.isArray ? index : container.children.length
  const outer = indentation(text, container.open)
  const inner = childIndentation(text, container)
  // Beside others on one line there is no place for lines of its own.
  const hasRoom = isMultiline && (inner !== undefined || container.children.length === 0)
  const value = printValue(operation.value, inner ?? outer + style.unit, style, hasRoom)
  const item = container.isArray
    ? value
    : `${JSON.stringify(name)}${colon(text, container)}${value}`
  return insertInFlow(text, container, at, item, syntax, style)
}

function descend(text: string, root: number, path: readonly string[]): JsonContainer {
  const container = scanContainer(text, findValue(text, root, path))
  if (container === undefined) throw new RangeError("there is no container at the path")
  return container
}

/** @throws RangeError when the name stands there twice: readers disagree on which one counts. */
function findKey(container: JsonContainer, name: string): number {
  const index = container.children.findIndex(({ key }) => key === name)
  const last = container.children.findLastIndex(({ key }) => key === name)
  if (index !== last) throw new RangeError(`"${name}" stands there twice`)
  return index
}

function replacement(text: string, start: number, value: unknown, style: TextStyle): Splice {
  const isMultiline = hasLines(text)
  const printed = printValue(value, indentation(text, start), style, isMultiline)
  return { start, end: skipValue(text, start), text: printed }
}

function printValue(
  value: unknown,
  indent: string,
  { unit, eol }: TextStyle,
  isMultiline: boolean,
): string {
  if (!isMultiline) return JSON.stringify(value)
  return JSON.stringify(value, undefined, unit).replaceAll("\n", eol + indent)
}

/** Whether anything follows a line break. A text with nothing in it yet has lines, as new files do. */
function hasLines(text: string): boolean {
  if (/^\s*(?:\{\}|\[\])\s*$/.test(text)) return true
  const at = text.search(/[\r\n]/)
  return at >= 0 && /\S/.test(text.slice(at))
}

/** What stands between names and values here. */
function colon(text: string, { children }: JsonContainer): string {
  const last: JsonChild | undefined = children.at(-1)
  if (last === undefined) return ": "
  const between = text.slice(skipValue(text, last.start), last.value)
  return /^[ \t]*:[ \t]*$/.test(between) ? between : ": "
}

function childIndentation(text: string, { open, children }: JsonContainer): string | undefined {
  const first = children[0]
  if (first === undefined || !/[\r\n]/.test(text.slice(open, first.start))) return undefined
  return indentation(text, first.start)
}
