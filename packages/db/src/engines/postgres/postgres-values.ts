import { jsonText } from "../parameters.ts"
import { bindServer, shortInteger } from "../server/bind.ts"
import { arrayParser } from "./array-text.ts"
import { moment } from "./moment.ts"

type Parse = (text: string) => unknown

const int8 = 20
const date = 1082
const timestamp = 1114
const timestamptz = 1184
const arrays = { int8: 1016, date: 1182, timestamp: 1115, timestamptz: 1185, numeric: 1231 }

const bigint: Parse = (text) => BigInt(text)
const asText: Parse = (text) => text

/** How values of these types are read; the driver reads the others. */
export const postgresParsers: Readonly<Record<number, Parse>> = {
  [int8]: bigint,
  // A day is no moment; as a Date it would shift with the time zone.
  [date]: asText,
  [timestamp]: moment,
  [timestamptz]: moment,
  [arrays.int8]: arrayParser(bigint),
  [arrays.date]: arrayParser(asText),
  [arrays.timestamp]: arrayParser(moment),
  [arrays.timestamptz]: arrayParser(moment),
  // The driver would round them.
  [arrays.numeric]: arrayParser(asText),
}

/** Integers of expressions are numbers where they fit. */
export const parseShortInteger: Parse = (text) => shortInteger(BigInt(text))

/** Whether a column is a big integer of an expression, such as `count(*)`. */
export function isShortInteger(field: { dataTypeID: number; tableID?: number }): boolean {
  return field.dataTypeID === int8 && (field.tableID ?? 0) === 0
}

/** Turns parameters into what PostgreSQL takes: dates in UTC, plain objects as JSON. */
export function bindPostgres(parameters: readonly unknown[]): unknown[] {
  return bindServer(parameters, (value, index) => {
    if (value instanceof Date) return value.toISOString()
    return Array.isArray(value) ? value.map(element) : jsonText(value, index)
  })
}

/** Integers of expressions, such as `count(*)`, as numbers where they fit; those of columns stay bigints. */
export function shortenExpressions(
  rows: readonly Record<string, unknown>[],
  fields: readonly { name: string; dataTypeID: number; tableID?: number }[],
): void {
  for (const field of fields) {
    if (!isShortInteger(field)) continue
    const { name } = field
    for (const row of rows) {
      if (typeof row[name] === "bigint") row[name] = shortInteger(row[name])
    }
  }
}

function element(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  return typeof value === "bigint" ? value.toString() : value
}
