import { parseExactly } from "@persist/core/options"
import { isDate } from "../is-date.ts"
import { invalidParameter, jsonText } from "../parameters.ts"
import { bindServer, isSigned64, shortInteger } from "../server/bind.ts"
import { visibleColumns } from "../visible-columns.ts"
import type { MysqlField } from "./mysql-client.ts"

const tiny = 1
const float = 4
const timestamp = 7
const bigInteger = 8
const time = 11
const datetime = 12
const json = 245

type Decode = (value: unknown) => unknown

/** Turns parameters into what MySQL takes; plain objects and arrays as JSON, integers of 64 bits by `integer`. */
export function bindMysql(
  parameters: readonly unknown[],
  integer: (value: bigint) => unknown,
): unknown[] {
  for (const [index, value] of parameters.entries()) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw invalidParameter(index, `is ${value}, which MySQL cannot hold`)
    }
  }
  const convert = (value: object, index: number) => {
    if (!isDate(value)) return jsonText(value, index)
    const year = value.getUTCFullYear()
    if (year >= 0 && year <= 9999) return value
    throw invalidParameter(index, `is a date of the year ${year}; MySQL has those from 0 to 9999`)
  }
  // MySQL has columns of 64 bits without a sign, whose values must find their way back.
  const isInRange = (value: bigint) => isSigned64(value) || BigInt.asUintN(64, value) === value
  return bindServer(parameters, convert, integer, isInRange)
}

/** Gives rows the values that they have on every engine, in place. */
export function decodeMysql(
  rows: readonly Record<string, unknown>[],
  fields: readonly MysqlField[],
): void {
  for (const field of visibleColumns(fields)) {
    const decode = decoderOf(field)
    if (decode === undefined) continue
    for (const row of rows) {
      const value = row[field.name]
      if (value !== null) row[field.name] = decode(value)
    }
  }
}

function decoderOf(field: MysqlField): Decode | undefined {
  const { columnType, columnLength, table, decimals = 0 } = field
  if (columnType === tiny && columnLength === 1) return toBoolean
  if (columnType === float) return toShortest
  if (columnType === time && decimals > 0 && decimals <= 6) return toFullTime(decimals)
  if (columnType === timestamp || columnType === datetime) return toDate
  if (columnType === bigInteger) {
    return table
      ? (value) => BigInt(value as string)
      : (value) => shortInteger(BigInt(value as string))
  }
  if (columnType === json || field.extendedFormat === "json") {
    return (value) => (typeof value === "string" ? parseExactly(value) : value)
  }
  return undefined
}

/** A column of booleans is one of small integers, which may hold others. */
function toBoolean(value: unknown): unknown {
  return value === 0 || value === 1 ? value === 1 : value
}

/** The shortest number that a column of 32 bits holds as this one: of what is sent in binary, 0.1 would be another. */
function toShortest(value: unknown): unknown {
  if (typeof value !== "number" || Math.fround(value) !== value) return value
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

/** The driver leaves zeros at the end of a fraction away where it reads binary, and keeps them in text. */
function toFullTime(decimals: number): Decode {
  return (value) => {
    if (typeof value !== "string") return value
    const [whole, fraction = ""] = value.split(".")
    return `${whole}.${fraction.padEnd(decimals, "0")}`
  }
}

function toDate(value: unknown): unknown {
  if (typeof value !== "string") return value
  const [day, time = "00:00:00"] = value.split(" ")
  const date = new Date(`${day}T${time}Z`)
  // Zero dates are none.
  return Number.isNaN(date.getTime()) ? value : date
}
