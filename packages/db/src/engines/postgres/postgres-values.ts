import { parseExactly } from "@persist/core/options"
import { isDate } from "../is-date.ts"
import { assertWellFormed, invalidParameter, jsonText } from "../parameters.ts"
import { bindServer, shortInteger } from "../server/bind.ts"
import { visibleColumns } from "../visible-columns.ts"
import { arrayParser } from "./array-text.ts"
import { bytesFromText, bytesText } from "./bytes-text.ts"
import { moment, momentText } from "./moment.ts"

type Parse = (text: string) => unknown

const bytea = 17
const int8 = 20
const date = 1082
const timestamp = 1114
const timestamptz = 1184
const json = 114
const jsonb = 3802
const arrays = {
  bytea: 1001,
  int8: 1016,
  date: 1182,
  timestamp: 1115,
  timestamptz: 1185,
  numeric: 1231,
  json: 199,
  jsonb: 3807,
}
// The driver would make objects of them, which it cannot write back.
const texts = {
  interval: 1186,
  point: 600,
  circle: 718,
  intervals: 1187,
  points: 1017,
  circles: 719,
}

/** json, jsonb, text, varchar, char(n), name. */
const holdsJson: ReadonlySet<number> = new Set([json, jsonb, 25, 1043, 1042, 19])

const bigint: Parse = (text) => BigInt(text)
const asText: Parse = (text) => text

/** How values of these types are read; the driver reads the others. */
export const postgresParsers: Readonly<Record<number, Parse>> = {
  [int8]: bigint,
  // A day is no moment; as a Date it would shift with the time zone.
  [date]: asText,
  [timestamp]: moment,
  [timestamptz]: moment,
  [json]: parseExactly,
  [jsonb]: parseExactly,
  [arrays.int8]: arrayParser(bigint),
  [arrays.date]: arrayParser(asText),
  [arrays.timestamp]: arrayParser(moment),
  [arrays.timestamptz]: arrayParser(moment),
  [arrays.json]: arrayParser(parseExactly),
  [arrays.jsonb]: arrayParser(parseExactly),
  // The driver would round them.
  [arrays.numeric]: arrayParser(asText),
  [texts.interval]: asText,
  [texts.point]: asText,
  [texts.circle]: asText,
  [texts.intervals]: arrayParser(asText),
  [texts.points]: arrayParser(asText),
  [texts.circles]: arrayParser(asText),
}

/** Integers of expressions are numbers where they fit. */
export const parseShortInteger: Parse = (text) => shortInteger(BigInt(text))

/** Whether a column is a big integer of an expression, such as `count(*)`. */
export function isShortInteger(field: { dataTypeID: number; tableID?: number }): boolean {
  return field.dataTypeID === int8 && (field.tableID ?? 0) === 0
}

/** Turns parameters into what PostgreSQL takes: dates in UTC, plain objects as JSON; arrays wait for their types. */
export function bindPostgres(parameters: readonly unknown[]): unknown[] {
  return bindServer(parameters, (value, index) => {
    if (isDate(value)) return momentText(value)
    if (Array.isArray(value)) return [...value]
    return writesItself(value) ? value.toPostgres(asIs) : jsonText(value, index)
  })
}

/** An array for a parameter of `type`: JSON where that is JSON or text, as on every engine, else one of PostgreSQL's. */
export function bindArray(
  value: readonly unknown[],
  type: number | undefined,
  index: number,
): unknown {
  if (type !== undefined && holdsJson.has(type)) return jsonText(value, index)
  return value.length === 0 && type === undefined ? emptyArray : elements(value, index)
}

/** `bindPostgres` for PGlite, which asks for the types of parameters itself. */
export function bindPglite(parameters: readonly unknown[]): unknown[] {
  return bindPostgres(parameters).map((value, index) =>
    Array.isArray(value) ? elements(value, index) : value,
  )
}

const textOrJson = (value: unknown): string =>
  Array.isArray(value) ? jsonText(value, 0) : String(value)

/** How PGlite reads values of these types, and writes an array where it is JSON. */
export const pgliteTypes: {
  readonly parsers: Record<number, Parse>
  readonly serializers: Record<number, (value: unknown) => string>
} = {
  // As the driver of a server reads them.
  parsers: {
    ...postgresParsers,
    [bytea]: bytesFromText,
    [arrays.bytea]: arrayParser(bytesFromText),
  },
  serializers: {
    ...Object.fromEntries([...holdsJson].map((type) => [type, textOrJson])),
    // PGlite writes byte by byte, and a megabyte takes it seconds.
    [bytea]: bytesText,
  },
}

/** Integers of expressions, such as `count(*)`, as numbers where they fit; those of columns stay bigints. */
export function shortenExpressions(
  rows: readonly Record<string, unknown>[],
  fields: readonly { name: string; dataTypeID: number; tableID?: number }[],
): void {
  for (const field of visibleColumns(fields)) {
    if (!isShortInteger(field)) continue
    const { name } = field
    for (const row of rows) {
      if (typeof row[name] === "bigint") row[name] = shortInteger(row[name])
    }
  }
}

// As `{}` a column of JSON would take it for an object, where nobody tells the type; JSON knows no form feed.
const emptyArray = "\f{}"

function elements(list: readonly unknown[], index: number): unknown[] {
  return list.map((value) => {
    if (Array.isArray(value)) return elements(value, index)
    if (typeof value === "string") assertWellFormed(value, index)
    if (!isDate(value)) return typeof value === "bigint" ? value.toString() : value
    if (!Number.isNaN(value.getTime())) return momentText(value)
    throw invalidParameter(index, "holds an invalid date")
  })
}

const asIs = (value: unknown): unknown => value

/** Objects that `pg` knows how to write: "toPostgres" is what it asks them for. */
function writesItself(value: object): value is { toPostgres(prepare: typeof asIs): unknown } {
  return "toPostgres" in value && typeof value.toPostgres === "function"
}
