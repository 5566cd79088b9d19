import type { Alias, Document } from "yaml"
import { yamlText } from "../edit/yaml-print.ts"
import { type ConfigFormat, positionAt } from "./config-format.ts"
import { decodeError, parsedShallow } from "./decode-error.ts"
import { assertSame, encodeError, firstUnfit } from "./encode-error.ts"
import { yamlParser } from "./lazy-parsers.ts"
import { yamlDocument } from "./yaml-document.ts"
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
  // Where the parser cannot be loaded, nothing of the value is at fault.
  yamlParser()
  try {
    return yamlText(value)
  } catch (cause) {
    throw encodeError("YAML", firstUnfit(value, yamlText), (cause as Error).message, cause)
  }
}

function parseYaml(body: string): unknown {
  const read = yamlDocument(body, {})
  if ("mistake" in read) {
    const { message, pos } = read.mistake
    // The parser makes an error of the document even of a stack that is full.
    if (message.includes("call stack")) throw new RangeError(message)
    throw decodeError("YAML", positionAt(body, pos[0]!), unquoted(message))
  }
  const { document } = read
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
    const place = positionAt(body, wrongAlias(document))
    throw decodeError("YAML", place, unquoted((cause as Error).message))
  }
}

/** Where the first alias is that stands for nothing, or for what is around it; 0 when there is none. */
function wrongAlias(document: Document): number {
  const { visit } = yamlParser()
  const anchors = new Map<string, unknown>()
  let place = 0
  visit(document, {
    Alias(_, { source, range }: Alias, around) {
      const node = anchors.get(source)
      if (node !== undefined && !around.some((one) => one === node)) return undefined
      place = range![0]
      return visit.BREAK
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return place
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
  return message.split(/:? *\n|: /, 1)[0]!
}
