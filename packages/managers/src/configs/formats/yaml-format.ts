import type { Document, DocumentOptions, ParseOptions, ScalarTag } from "yaml"
import { yamlText } from "../edit/yaml-print.ts"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, parsedShallow } from "./decode-error.ts"
import { assertSame, encodeError, firstUnfit } from "./encode-error.ts"
import { yamlParser } from "./lazy-parsers.ts"
import { repeatedKey } from "./yaml-keys.ts"

/** YAML 1.2, its core schema; one document a file. One with nothing in it holds no settings. */
export const yamlFormat: ConfigFormat = {
  name: "yaml",
  extensions: [".yaml", ".yml"],
  parse: (text) => parsedShallow("YAML", text, parseYaml),
  print(value) {
    const text = printYaml(value)
    // What YAML would change on the way is refused, with its place.
    assertSame("YAML", value, yamlFormat.parse(text))
    return text
  },
}

function printYaml(value: unknown): string {
  try {
    return yamlText(value)
  } catch (cause) {
    throw encodeError("YAML", firstUnfit(value, yamlText), (cause as Error).message, cause)
  }
}

/** A whole number may be called a float; the parser would leave its text. */
const wholeFloat: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^[-+]?[0-9]+$/,
  resolve: Number,
}

/** The document in `text`, its errors and warnings in it. */
export function yamlDocument(text: string, options: ParseOptions & DocumentOptions): Document {
  return yamlParser().parseDocument(text, {
    ...options,
    // Whatever version the text names.
    schema: "core",
    customTags: (tags) => [...tags, wholeFloat],
    // Else `!!set` and `!!binary` would become what no format can write.
    resolveKnownTags: false,
    prettyErrors: false,
    // `parseYaml` looks for keys that stand there twice.
    uniqueKeys: false,
    logLevel: "error",
  })
}

function parseYaml(body: string): unknown {
  const document = yamlDocument(body, {})
  const error = document.errors[0]
  if (error !== undefined) {
    // The parser makes an error of the document even of a stack that is full.
    if (error.message.includes("call stack")) throw new RangeError(error.message)
    throw decodeError("YAML", positionAt(body, error.pos[0]), unquoted(error.message))
  }
  // What does not fit its tag, the parser takes for text; tags of a program's own say nothing here.
  const unfit = document.warnings.find(({ message }) => message.includes(": tag:yaml.org,2002:"))
  if (unfit !== undefined) {
    const reason = "a value does not fit its tag, or the tag is none of YAML's core schema,"
    throw decodeError("YAML", positionAt(body, unfit.pos[0]), reason)
  }
  if (isNothing(document.contents)) return {}
  const value = readValue(document, body)
  const repeated = repeatedKey(document)
  if (repeated === undefined) return value
  throw decodeError("YAML", positionAt(body, repeated), "Map keys must be unique")
}

function readValue(document: Document, body: string): unknown {
  try {
    // Aliases may multiply what is read, but not without bound ("billion laughs").
    const value: unknown = document.toJS({ maxAliasCount: 1000 })
    if (body.includes("*")) refuseCycles(value, new Set())
    return value
  } catch (cause) {
    throw decodeError("YAML", positionAt(body, 0), unquoted((cause as Error).message))
  }
}

/** Whether a document has no value, not even a written `null`. */
function isNothing(contents: unknown): boolean {
  if (contents === null) return true
  const { value, range } = contents as { value?: unknown; range?: readonly number[] }
  return value === null && range?.[0] === range?.[1]
}

/** Nothing that reads configurations is made for values that hold themselves. @throws RangeError */
function refuseCycles(value: unknown, around: Set<unknown>): void {
  if (typeof value !== "object" || value === null) return
  if (around.has(value)) throw new RangeError("an alias stands inside what it stands for")
  around.add(value)
  for (const inner of Object.values(value)) refuseCycles(inner, around)
  around.delete(value)
}

/** What the parser says, without the words of the text that it quotes: they may be a secret. */
function unquoted(message: string): string {
  if (message.startsWith("Source contains multiple documents")) return "a second document begins"
  return message.split(/:? *\n|: /, 1)[0]!
}
