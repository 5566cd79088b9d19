import { PersistError } from "@persist/core"
import { parseExactly } from "@persist/core/options"
import { reasonOf } from "@persist/core/values"
import { visibleColumns } from "../visible-columns.ts"
import type { SqliteColumn } from "./sqlite-database.ts"

type Row = Record<string, unknown>
type Decode = (value: unknown) => unknown

const isoLength = "2024-05-01T12:00:00.000Z".length

/**
 * Turns rows as SQLite gives them (every integer a bigint) into values as on every engine: integers
 * as numbers, or as bigints where a number would round; bigint columns always as bigints; booleans
 * as booleans; what was bound as a `Date` as a `Date`.
 */
export class RowDecoder {
  readonly #names: readonly string[]
  readonly #decoders: readonly (readonly [name: string, decode: Decode])[]

  constructor(columns: readonly SqliteColumn[]) {
    // As a property it is the prototype, and the driver loses it.
    if (columns.some(({ name }) => name === "__proto__")) throw unnameable()
    this.#names = Object.keys(Object.fromEntries(columns.map(({ name }) => [name, null])))
    this.#decoders = visibleColumns(columns).flatMap(({ name, type }) => {
      const decode = decoderOf(type, name)
      return decode === undefined ? [] : [[name, decode] as const]
    })
  }

  /** Whether the statement's columns are still those that this decoder was made for. */
  fits(row: Row): boolean {
    const names = this.#names
    let count = 0
    for (const name in row) if (name !== names[count++]) return false
    return count === names.length
  }

  decode(row: Row): void {
    for (const [name, decode] of this.#decoders) {
      const value = row[name]
      if (value !== null) row[name] = decode(value)
    }
  }
}

function decoderOf(type: string | null, name: string): Decode | undefined {
  if (type === null) return toNumber
  const declared = type.toUpperCase()
  if (/^BOOL(EAN)?$/.test(declared)) return toBoolean
  if (/^(BIGINT|INT8|UNSIGNED BIG INT)/.test(declared)) return undefined
  if (/^(TIMESTAMP|DATETIME)/.test(declared)) return toDate
  if (declared === "JSON_TEXT") return (value) => toJson(value, name)
  // Text and floating-point columns never hold an integer (SQLite's affinity rules).
  if (declared.includes("INT")) return toNumber
  return /CHAR|CLOB|TEXT|REAL|FLOA|DOUB/.test(declared) ? undefined : toNumber
}

function toNumber(value: unknown): unknown {
  if (typeof value !== "bigint") return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function toBoolean(value: unknown): unknown {
  if (value === 1n) return true
  return value === 0n ? false : toNumber(value)
}

function toDate(value: unknown): unknown {
  if (typeof value !== "string") return toNumber(value)
  const isBound = value.length === isoLength && value.endsWith("Z") && value[10] === "T"
  return isBound ? new Date(value) : value
}

function toJson(value: unknown, name: string): unknown {
  if (typeof value !== "string") return toNumber(value)
  try {
    return parseExactly(value)
  } catch (cause) {
    const message = `Column "${name}" holds what is no JSON: ${reasonOf(cause)}`
    throw new PersistError("ERR_PERSIST_CORRUPT", message, { cause, details: { columns: [name] } })
  }
}

function unnameable(): PersistError {
  const message =
    'A column is named "__proto__", which no row can hold; give it another name with "as".'
  return new PersistError("ERR_PERSIST_QUERY", message)
}
