import { isPlainObject } from "../../plain-object.ts"
import { yamlParser } from "../formats/lazy-parsers.ts"
import type { TextStyle } from "./text-style.ts"

/** How values are written: quoted too where only readers of YAML 1.1 would take them for something else. */
export const yamlStyle = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  compat: "yaml-1.1",
} as const

/** A value on one line, as it can stand between brackets too; strings are quoted as `like` was. */
export function yamlInline(value: unknown, like?: string | null): string {
  if (Array.isArray(value)) return `[${value.map((item) => yamlInline(item)).join(", ")}]`
  if (isPlainObject(value)) {
    const names = Object.keys(value)
    if (names.length === 0) return "{}"
    return `{ ${names.map((name) => `${yamlInline(name)}: ${yamlInline(value[name])}`).join(", ")} }`
  }
  if (typeof value !== "string") return yamlParser().stringify(value, yamlStyle).trimEnd()
  const isPrintable = /^[\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]*$/.test(value)
  if (like === "QUOTE_SINGLE" && isPrintable) return `'${value.replaceAll("'", "''")}'`
  if (like === "QUOTE_DOUBLE" || !isPrintable || /[,[\]{}]/.test(value)) return quoted(value)
  const plain = yamlParser().stringify(value, yamlStyle).trimEnd()
  return plain === value ? plain : quoted(value)
}

/** A collection over several lines, each behind the first with `indent`. */
export function yamlBlock(value: unknown, indent: string, style: TextStyle): string {
  const step = /^ {1,8}$/.test(style.unit) ? style.unit.length : 2
  const options = { ...yamlStyle, indent: Math.max(step, 2) }
  const lines = yamlParser().stringify(value, options).trimEnd().split("\n")
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
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
