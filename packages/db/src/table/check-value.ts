import { PersistError } from "@persist/core"
import { isDate } from "../engines/is-date.ts"
import { exactJson } from "../engines/parameters.ts"
import type { ColumnType } from "./columns.ts"

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const decimal = /^-?\d{1,28}(?:\.\d{1,10})?$/
/** In JSON's text, what text columns do not take either: NUL and lone surrogates. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/
const bigintLimit = 2n ** 63n

/**
 * Checks a value against its column's type and gives it its one form, so that every engine stores
 * the same: UUIDs in lower case, decimals without needless zeros.
 *
 * @throws `ERR_PERSIST_VALIDATION` naming the column.
 */
export function checkedValue(column: string, type: ColumnType, value: unknown): unknown {
  switch (type) {
    case "text":
      if (typeof value === "string" && !value.includes("\0") && value.isWellFormed()) return value
      break
    case "integer":
      if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
      break
    case "bigint":
      if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value)
      if (typeof value === "bigint" && value >= -bigintLimit && value < bigintLimit) return value
      break
    case "real":
      if (typeof value === "number" && Number.isFinite(value)) return value
      break
    case "boolean":
      if (typeof value === "boolean") return value
      break
    case "timestamp":
      if (isDate(value) && isStorable(value)) return value
      break
    case "json":
      return checkedJson(column, value)
    case "blob":
      if (value instanceof Uint8Array) return value
      break
    case "uuid":
      if (typeof value === "string" && uuid.test(value)) return value.toLowerCase()
      break
    case "decimal":
      if (typeof value === "string" && decimal.test(value)) return shortDecimal(value)
      break
  }
  throw invalidValue(column, type, value)
}

/** The decimal without leading and trailing zeros. */
export function shortDecimal(text: string): string {
  const short = text
    .replace(/^(-?)0+(?=\d)/, "$1")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "")
  return short === "-0" ? "0" : short
}

function isStorable(date: Date): boolean {
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999
}

function checkedJson(column: string, value: unknown): unknown {
  try {
    const text = exactJson(value)
    if (text === undefined || unstorable.test(text)) throw invalidValue(column, "json", value)
    return value
  } catch (cause) {
    throw PersistError.is(cause) ? cause : invalidValue(column, "json", value, cause)
  }
}

const wanted: Readonly<Record<ColumnType, string>> = {
  text: "a well-formed string without NUL",
  integer: "a whole number up to 2^53",
  bigint: "a bigint of 64 bits",
  real: "a finite number",
  boolean: "true or false",
  timestamp: "a valid Date in the years 1 to 9999",
  json: "a value that JSON can hold, its texts well-formed and without NUL",
  blob: "a Uint8Array",
  uuid: "a UUID",
  decimal: 'a string such as "-19.99", of 28 digits and 10 decimals at most',
}

function invalidValue(
  column: string,
  type: ColumnType,
  value: unknown,
  cause?: unknown,
): PersistError {
  const isShort = typeof value === "number" || typeof value === "boolean" || value === null
  const shown =
    typeof value === "string"
      ? JSON.stringify(value.slice(0, 60))
      : isShort
        ? String(value)
        : typeof value
  return new PersistError(
    "ERR_PERSIST_VALIDATION",
    `Column "${column}" (${type}) cannot hold ${shown}; give ${wanted[type]}.`,
    { ...(cause !== undefined && { cause }), details: { column } },
  )
}
