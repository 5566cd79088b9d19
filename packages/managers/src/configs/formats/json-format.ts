import { type PersistError, parseExactly } from "@persist/core/options"
import type { ParseError } from "jsonc-parser"
import { jsonValue } from "../edit/json-value.ts"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, parsedShallow } from "./decode-error.ts"
import { assertSame, encodeError, firstUnfit } from "./encode-error.ts"
import { jsoncParser } from "./lazy-parsers.ts"

/** Strict JSON. */
export const jsonFormat: ConfigFormat = {
  name: "json",
  extensions: [".json"],
  parse: (text) => parsedShallow("JSON", text, parseJson),
  print: printJson,
}

/** JSON with comments and trailing commas; one with nothing else in it holds no settings. */
export const jsoncFormat: ConfigFormat = {
  name: "jsonc",
  extensions: [".jsonc"],
  parse: (text) => parsedShallow("JSONC", text, parseJsonc),
  print: printJson,
}

function parseJson(body: string): unknown {
  try {
    return parseExactly(body)
  } catch {
    // What the engine says quotes the text, which may hold secrets.
    const errors: ParseError[] = []
    const style = { disallowComments: true, allowTrailingComma: false }
    jsoncParser().parseTree(body, errors, style)
    const [error] = errors
    if (error !== undefined) throw wrong("JSON", body, error)
    throw decodeError("JSON", positionAt(body, 0), "it is no JSON text")
  }
}

function parseJsonc(body: string): unknown {
  const errors: ParseError[] = []
  const style = { allowTrailingComma: true, allowEmptyContent: true }
  const tree = jsoncParser().parseTree(body, errors, style)
  const [error] = errors
  if (error !== undefined) throw wrong("JSONC", body, error)
  return tree === undefined ? {} : jsonValue(tree)
}

function wrong(format: string, body: string, { offset, error }: ParseError): PersistError {
  const reason = words(jsoncParser().printParseErrorCode(error))
  return decodeError(format, positionAt(body, offset), reason)
}

function printJson(value: unknown): string {
  const text = encode(value)
  // What JSON would change on the way is refused, with its place.
  assertSame("JSON", value, parseExactly(text))
  return `${text}\n`
}

function encode(value: unknown): string {
  try {
    const text = JSON.stringify(value, undefined, 2)
    if (text !== undefined) return text
  } catch (cause) {
    throw encodeError("JSON", firstUnfit(value, JSON.stringify), (cause as Error).message, cause)
  }
  throw encodeError("JSON", "/", "JSON has no form for it")
}

function words(name: string): string {
  // What editors read as "JSON with comments" is often named .json.
  if (name === "InvalidCommentToken") return "a comment, which a file named .jsonc may have,"
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
}
