import { types } from "node:util"
import { PersistError } from "@persist/core/options"
import { escapePointer } from "../../diff/patch.ts"
import { isPlainObject, type PlainObject } from "../../plain-object.ts"

type Path = readonly (string | number)[]

/** The text of a new TOML file. @throws `ERR_PERSIST_ENCODE` for what TOML cannot hold. */
export function printToml(value: unknown): string {
  if (!isPlainObject(value)) throw cannot([], "a TOML file is a table", value)
  const lines: string[] = []
  printTable(value, [], lines)
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`
}

/** A table with its header, or a list of tables with theirs, as a part of a file; no line break at the end. */
export function printTomlSection(
  value: PlainObject | readonly PlainObject[],
  path: readonly string[],
  eol: string,
): string {
  const lines: string[] = []
  const header = path.map(tomlKey).join(".")
  if (Array.isArray(value)) {
    for (const table of value as readonly PlainObject[]) {
      lines.push(`[[${header}]]`)
      printTable(table, path, lines)
    }
  } else {
    if (!needsNoHeader(value as PlainObject)) lines.push(`[${header}]`)
    printTable(value as PlainObject, path, lines)
  }
  return lines.join(eol)
}

/** @param place Where the table is in the value that is printed. */
function printTable(
  table: PlainObject,
  path: readonly string[],
  lines: string[],
  place: Path = path,
): void {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined)
  for (const [name, value] of entries) {
    if (!isSection(value)) lines.push(`${tomlKey(name)} = ${tomlValue(value, [...place, name])}`)
  }
  for (const [name, value] of entries) {
    if (!isSection(value)) continue
    const inner = [...path, name]
    const isTable = isPlainObject(value)
    const sections = isTable ? [value] : (value as PlainObject[])
    const header = inner.map(tomlKey).join(".")
    for (const [index, section] of sections.entries()) {
      if (!isTable || !needsNoHeader(section)) {
        if (lines.length > 0) lines.push("")
        lines.push(isTable ? `[${header}]` : `[[${header}]]`)
      }
      printTable(section, inner, lines, isTable ? [...place, name] : [...place, name, index])
    }
  }
}

function needsNoHeader(table: PlainObject): boolean {
  const values = Object.values(table).filter((value) => value !== undefined)
  return values.length > 0 && values.every(isSection)
}

function isSection(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isPlainObject)
  return isPlainObject(value)
}

/** A key as TOML writes it: bare where that is possible. */
export function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : tomlString(name)
}

/** A value on one line, tables inline. @throws `ERR_PERSIST_ENCODE` */
export function tomlValue(value: unknown, path: Path): string {
  if (typeof value === "string") return tomlString(value, path)
  if (typeof value === "boolean") return String(value)
  if (typeof value === "bigint") return tomlInteger(value, path)
  if (typeof value === "number") return tomlNumber(value)
  if (types.isDate(value) && !Number.isNaN(value.getTime())) return tomlDate(value)
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => tomlValue(item, [...path, index])).join(", ")}]`
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length === 0) return "{}"
    return `{ ${entries.map(([name, item]) => `${tomlKey(name)} = ${tomlValue(item, [...path, name])}`).join(", ")} }`
  }
  throw cannot(path, "TOML has no place for it", value)
}

function tomlInteger(value: bigint, path: Path): string {
  if (BigInt.asIntN(64, value) !== value) throw cannot(path, "integers of TOML have 64 bits", value)
  // It would come back as one, and what is saved never changes its type.
  if (Number.isSafeInteger(Number(value))) throw cannot(path, "give it as a number", value)
  return String(value)
}

function tomlNumber(value: number): string {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  if (Object.is(value, -0)) return "-0.0"
  if (Number.isSafeInteger(value)) return String(value)
  const text = String(value)
  if (/^-?\d+$/.test(text)) return `${text}.0`
  return text.replace(/^(-?\d+)e/, "$1.0e")
}

/** A time alone is read as one of the year 0, which most readers take for no year: it is written as it was. */
function tomlDate(value: Date): string {
  return value.toISOString().replace(/^0000-01-01T(.*)Z$/, "$1")
}

function tomlString(text: string, path?: Path): string {
  if (!text.isWellFormed()) {
    throw cannot(path, "it has half of a surrogate pair", text)
  }
  return JSON.stringify(text).replace(/\x7f/g, "\\u007f")
}

/** @param path Undefined for a key. */
function cannot(path: Path | undefined, why: string, value: unknown): PersistError {
  const kind = Array.isArray(value) ? "array" : typeof value
  const what =
    value === null || value === undefined
      ? String(value)
      : `${/^[ao]/.test(kind) ? "an" : "a"} ${kind}`
  const where = path ? ["$", ...path].join(".") : "A key"
  const pointer = path?.map((name) => `/${escapePointer(String(name))}`).join("")
  return new PersistError("ERR_PERSIST_ENCODE", `${where} is ${what}: ${why}.`, {
    ...(pointer !== undefined && { details: { path: pointer || "/" } }),
  })
}
