import { PersistError } from "@persist/core/options"
import type { ParseError } from "jsonc-parser"
import { firstDifference } from "../../diff/same-value.ts"
import { jsonValue } from "../edit/json-value.ts"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, withoutBom } from "./decode-error.ts"
import { jsoncParser } from "./lazy-parsers.ts"

/** Strict JSON. */
export const jsonFormat: ConfigFormat = {
  name: "json",
  extensions: [".json"],
  parse(text) {
    const body = withoutBom(text)
    try {
      return JSON.parse(body)
    } catch {
      // What the engine says quotes the text, which may hold secrets.
      const { parseTree, printParseErrorCode } = jsoncParser()
      const errors: ParseError[] = []
      shallow("JSON", () =>
        parseTree(body, errors, { disallowComments: true, allowTrailingComma: false }),
      )
      const error = errors[0]
      if (error === undefined) throw decodeError("JSON", positionAt(body, 0), "it is no JSON text")
      const position = positionAt(body, error.offset)
      throw decodeError("JSON", position, words(printParseErrorCode(error.error)))
    }
  },
  print: printJson,
}

/** JSON with comments and trailing commas; one with nothing else in it holds no settings. */
export const jsoncFormat: ConfigFormat = {
  name: "jsonc",
  extensions: [".jsonc"],
  parse(text) {
    const body = withoutBom(text)
    const { parseTree, printParseErrorCode } = jsoncParser()
    const errors: ParseError[] = []
    const style = { allowTrailingComma: true, allowEmptyContent: true }
    const tree = shallow("JSONC", () => parseTree(body, errors, style))
    const error = errors[0]
    if (error !== undefined) {
      const position = positionAt(body, error.offset)
      throw decodeError("JSONC", position, words(printParseErrorCode(error.error)))
    }
    return tree === undefined ? {} : shallow("JSONC", () => jsonValue(tree))
  },
  print: printJson,
}

/** Runs what follows the nesting; a text that is nested too deeply for that is refused. */
function shallow<T>(format: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw decodeError(format, { line: 1, column: 1 }, "it is nested too deeply", cause)
  }
}

function printJson(value: unknown): string {
  const text = encode(value)
  // What JSON would change on the way is refused, with its place.
  const change = firstDifference(value, JSON.parse(text) as unknown)
  if (change !== undefined) throw cannot(change, "JSON would not give it back as it is")
  return `${text}\n`
}

function encode(value: unknown): string {
  try {
    const text = JSON.stringify(value, undefined, 2)
    if (text !== undefined) return text
  } catch (cause) {
    throw cannot("/", (cause as Error).message, cause)
  }
  throw cannot("/", "JSON has no form for it")
}

function cannot(path: string, why: string, cause?: unknown): PersistError {
  return new PersistError("ERR_PERSIST_ENCODE", `Cannot be JSON: ${path} (${why}).`, {
    details: { path },
    ...(cause !== undefined && { cause }),
  })
}

function words(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
}
