import { PersistError } from "@persist/core/options"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, withoutBom } from "./decode-error.ts"
import { yamlParser } from "./lazy-parsers.ts"

/** YAML 1.2, its core schema; one document a file. */
export const yamlFormat: ConfigFormat = {
  name: "yaml",
  extensions: [".yaml", ".yml"],
  parse(text) {
    const body = withoutBom(text)
    const document = yamlParser().parseDocument(body, { prettyErrors: false, logLevel: "error" })
    const error = document.errors[0]
    if (error !== undefined) {
      throw decodeError("YAML", positionAt(body, error.pos[0]), firstLine(error.message), error)
    }
    try {
      // Aliases may multiply what is read, but not without bound ("billion laughs").
      return document.toJS({ maxAliasCount: 1000 }) as unknown
    } catch (cause) {
      throw decodeError("YAML", positionAt(body, 0), firstLine((cause as Error).message), cause)
    }
  },
  print(value) {
    try {
      return yamlParser().stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
    } catch (cause) {
      throw new PersistError("ERR_PERSIST_ENCODE", `Cannot be YAML: ${(cause as Error).message}`, {
        cause,
      })
    }
  },
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]!
}
