import { JsonSerializer } from "@persist/core"
import { type ParseError, parseTree, printParseErrorCode } from "jsonc-parser"
import { jsonValue } from "../edit/json-value.ts"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, withoutBom } from "./decode-error.ts"

const serializer = new JsonSerializer()

/** Strict JSON. */
export const jsonFormat: ConfigFormat = {
  name: "json",
  extensions: [".json"],
  parse(text) {
    const body = withoutBom(text)
    try {
      return JSON.parse(body)
    } catch (cause) {
      const errors: ParseError[] = []
      parseTree(body, errors, { disallowComments: true, allowTrailingComma: false })
      const error = errors[0]
      if (error === undefined) throw decodeError("JSON", positionAt(body, 0), String(cause), cause)
      const position = positionAt(body, error.offset)
      throw decodeError("JSON", position, words(printParseErrorCode(error.error)), cause)
    }
  },
  print: printJson,
}

/** JSON with comments and trailing commas. */
export const jsoncFormat: ConfigFormat = {
  name: "jsonc",
  extensions: [".jsonc"],
  parse(text) {
    const body = withoutBom(text)
    const errors: ParseError[] = []
    const tree = parseTree(body, errors, { allowTrailingComma: true })
    const error = errors[0]
    if (error !== undefined) {
      const position = positionAt(body, error.offset)
      throw decodeError("JSONC", position, words(printParseErrorCode(error.error)))
    }
    if (tree === undefined) throw decodeError("JSONC", positionAt(body, 0), "it is empty")
    return jsonValue(tree)
  },
  print: printJson,
}

function printJson(value: unknown): string {
  const text = Buffer.from(serializer.encode(value)).toString()
  return text.endsWith("\n") ? text : `${text}\n`
}

function words(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
}
