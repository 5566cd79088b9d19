import { PersistError } from "@persist/core/options"
import type { AST } from "toml-eslint-parser"
import { beforeLineBreak, lineStart } from "../edit/text-style.ts"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, parsedShallow } from "./decode-error.ts"
import { assertSame, encodeError } from "./encode-error.ts"
import { tomlParser } from "./lazy-parsers.ts"
import { printToml } from "./toml-print.ts"

/** TOML 1.1; what is printed is 1.0. Integers that no number can hold exactly are BigInts. */
export const tomlFormat: ConfigFormat = {
  name: "toml",
  extensions: [".toml"],
  parse: (text) => parsedShallow("TOML", text, parseToml),
  print(value) {
    const text = printToml(value)
    assertSame("TOML", value, readAgain(text))
    return text
  },
}

/** @throws `ERR_PERSIST_ENCODE` for what was printed and is no TOML, as a date of the year 10000. */
function readAgain(text: string): unknown {
  try {
    return tomlFormat.parse(text)
  } catch (cause) {
    if (!PersistError.is(cause, "ERR_PERSIST_DECODE")) throw cause
    throw encodeError("TOML", "/", (cause as Error).message, cause)
  }
}

function parseToml(body: string): unknown {
  const { getStaticTOMLValue, ParseError, parseTOML, traverseNodes } = tomlParser()
  try {
    const program = parseTOML(body)
    refusePrototype(program, body)
    if (longDigits.test(body)) traverseNodes(program, { enterNode: keepExact, leaveNode() {} })
    if (dayOrTime.test(body)) traverseNodes(program, { enterNode: readInUtc, leaveNode() {} })
    return getStaticTOMLValue(program)
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause
    throw decodeError("TOML", positionAt(body, placeOf(body, cause)), cause.message, cause)
  }
}

/** Where a mistake is: the parser misses the end of a line only where something else begins. */
function placeOf(text: string, { index, message }: { index: number; message: string }): number {
  let end = index
  let line = text.slice(lineStart(text, end), end)
  while (/^\s*(?:#|$)/.test(line) && end > line.length) {
    end = beforeLineBreak(text, end - line.length)
    line = text.slice(lineStart(text, end), end)
  }
  const isOpen = missesMore.test(message) || /^[^#"']*=\s*(?:#|$)/.test(line)
  return end < index && isOpen ? end - (line.length - line.trimEnd().length) : index
}

const missesMore = /^(?:The key, equals|Expected equal|Unspecified values|Unterminated table)/

// Fewer digits, in any base, are exact as a number.
const longDigits = /[\da-fA-F](?:_?[\da-fA-F]){12}/

/** The parser rounds integers that no number can hold. */
function keepExact(node: AST.TOMLNode): void {
  if (node.type !== "TOMLValue" || node.kind !== "integer") return
  if (!Number.isSafeInteger(node.value)) Object.assign(node, { value: node.bigint })
}

const dayOrTime = /\d\d:\d\d|\d{4}-\d\d-\d\d/

/** The parser reads what has no zone in that of this machine: a file would say something else on the next one. */
function readInUtc(node: AST.TOMLNode): void {
  if (node.type !== "TOMLValue" || !node.kind.startsWith("local-")) return
  const text = String((node as AST.TOMLDateTimeValue).datetime)
  const day = /^\d{4}-\d\d-\d\d/.exec(text)?.[0] ?? "0000-01-01"
  const time = /\d\d:\d\d.*$/.exec(text)?.[0] ?? "00:00"
  // No date has a leap second.
  Object.assign(node, { value: new Date(`${day}T${time.replace(/(?<=^.{5}:)60/, "59")}Z`) })
}

/** The parser would write what stands under such a key into the prototype of every object. */
function refusePrototype(program: AST.TOMLProgram, text: string): void {
  if (!/__proto__|\\[uU]/.test(text)) return
  const visit = (node: AST.TOMLNode): void => {
    if (node.type === "TOMLKey") {
      const part = node.keys.find(
        (key) => (key.type === "TOMLBare" ? key.name : key.value) === "__proto__",
      )
      if (part === undefined) return
      throw decodeError("TOML", positionAt(text, part.range[0]), 'a key is "__proto__"')
    }
    if (node.type === "TOMLKeyValue" || node.type === "TOMLTable") visit(node.key)
    if (node.type === "TOMLKeyValue") visit(node.value)
    else if (node.type === "TOMLArray") node.elements.forEach(visit)
    else if ("body" in node) node.body.forEach(visit)
  }
  visit(program)
}
