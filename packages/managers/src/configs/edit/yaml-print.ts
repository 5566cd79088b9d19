import type { ScalarTag, Tags } from "yaml"
import { isPlainObject } from "../../plain-object.ts"
import { yamlParser } from "../formats/lazy-parsers.ts"
import type { TextStyle } from "./text-style.ts"

/** How values are written: quoted too where only readers of YAML 1.1 would take them for something else. */
export const yamlStyle = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  compat: "yaml-1.1",
} as const

// Readers refuse these where they are not escaped, or take them for the end of a line.
const unprintable = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g
// A sign of equality alone has a tag of its own in YAML 1.1; a tab within a line is refused by some readers.
const needsQuotes = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|^=$|^[^\n\t]*\t[^\n]*$/

/** Readers of YAML 1.1 take `1e-7` for a text: a number has a point there. */
const exponent: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number" && /^-?\de/.test(String(value)),
  test: /^[-+]?[0-9]\.0e[-+][0-9]+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace("e", ".0e"),
}

/** `value` as YAML that readers of every version take for the same. */
export function yamlText(value: unknown, indent = 2, indentSeq = true): string {
  const { Document, visit } = yamlParser()
  const customTags = (tags: Tags): Tags => [exponent, ...tags]
  const style = { ...yamlStyle, indent, indentSeq, customTags }
  const document = new Document(value, style)
  visit(document, {
    Scalar(_, scalar) {
      const isOdd = typeof scalar.value === "string" && needsQuotes.test(scalar.value)
      if (isOdd) scalar.type = "QUOTE_DOUBLE"
    },
  })
  return escaped(document.toString(style))
}

/** A value on one line, as it can stand between brackets too; strings are quoted as `like` was. */
export function yamlInline(value: unknown, like?: string | null): string {
  if (Array.isArray(value)) return `[${value.map((item) => yamlInline(item)).join(", ")}]`
  if (isPlainObject(value)) {
    const names = Object.keys(value)
    if (names.length === 0) return "{}"
    return `{ ${names.map((name) => `${yamlInline(name)}: ${yamlInline(value[name])}`).join(", ")} }`
  }
  if (typeof value !== "string") return yamlText(value).trimEnd()
  const isPrintable = /^[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/.test(value)
  if (like === "QUOTE_SINGLE" && isPrintable) return `'${value.replaceAll("'", "''")}'`
  if (like === "QUOTE_DOUBLE" || !isPrintable || /[,[\]{}]/.test(value)) return quoted(value)
  const plain = yamlText(value).trimEnd()
  return plain === value ? plain : quoted(value)
}

/** A collection over several lines, each behind the first with `indent`. */
export function yamlBlock(value: unknown, indent: string, style: TextStyle): string {
  const step = /^ {1,8}$/.test(style.unit) ? style.unit.length : 2
  // The library takes two columns from a list's indentation, whatever the step is.
  const text = yamlText(value, Math.max(step, 2), !style.hasLevelLists || step !== 2)
  const lines = text.trimEnd().split("\n")
  return lines
    .map((line, index) => (index === 0 || line === "" ? line : indent + line))
    .join(style.eol)
}

/** Whether a value looks better over several lines. */
export function isBlockLike(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isPlainObject(value) && Object.keys(value).length > 0
}

function quoted(text: string): string {
  return escaped(JSON.stringify(text))
}

/** Such characters stand between double quotes alone. */
function escaped(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
