import { PersistError } from "@persist/core"
import { checkedValue } from "./check-value.ts"
import type { Columns, ColumnType, RowOf } from "./columns.ts"
import type { TableDialect } from "./dialects/table-dialect.ts"

/** A comparison with one column; several hold together. */
export interface Comparison<V> {
  readonly not?: V | null
  readonly gt?: V
  readonly gte?: V
  readonly lt?: V
  readonly lte?: V
  readonly in?: readonly V[]
  /** Text with `%` for anything, `_` for one character and `\` before one that stands for itself; case matters. */
  readonly like?: string
}

// Of the whole type: each member by itself would refuse a list of several, such as `["a", null]`.
type Condition<V> = V | readonly V[] | Comparison<NonNullable<V>>

/** Which rows: an id, or conditions on columns that all hold. `{}` is every row. */
export type Where<C extends Columns> =
  | string
  | { readonly [K in keyof RowOf<C>]?: Condition<RowOf<C>[K]> }

/** The SQL of a `where` with its values. */
export interface WhereSql {
  /** Empty for every row. */
  readonly sql: string
  readonly values: readonly unknown[]
}

const operators: Readonly<
  Record<Exclude<keyof Comparison<unknown>, "not" | "in" | "like">, string>
> = { gt: ">", gte: ">=", lt: "<", lte: "<=" }
const known = [...Object.keys(operators), "not", "in", "like"]

/** Writes conditions; `start` is how many parameters come before. */
export function whereSql(
  where: string | Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, ColumnType>,
  dialect: TableDialect,
  start: number,
): WhereSql {
  const conditions = typeof where === "string" ? { id: where } : where
  // What has no properties would be a condition that every row meets.
  if (!isPlainObject(conditions)) throw noConditions(conditions)
  const writer = new WhereWriter(types, dialect, start)
  for (const [column, condition] of Object.entries(conditions)) writer.add(column, condition)
  return writer.finish()
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function noConditions(given: unknown): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `The conditions are ${given === null ? "null" : `a ${typeof given}`}; give an id as a string or an object of columns; {} for every row.`,
  )
}

class WhereWriter {
  readonly #types: ReadonlyMap<string, ColumnType>
  readonly #dialect: TableDialect
  readonly #start: number
  readonly #parts: string[] = []
  readonly #values: unknown[] = []

  constructor(types: ReadonlyMap<string, ColumnType>, dialect: TableDialect, start: number) {
    this.#types = types
    this.#dialect = dialect
    this.#start = start
  }

  finish(): WhereSql {
    const sql = this.#parts.length === 0 ? "" : ` where ${this.#parts.join(" and ")}`
    return { sql, values: this.#values }
  }

  add(column: string, condition: unknown): void {
    const type = this.#types.get(column)
    if (type === undefined) throw unknownColumn(column, [...this.#types.keys()])
    if (condition === undefined) throw undefinedCondition(column)
    const name = this.#dialect.quote(column)
    if (condition === null) this.#parts.push(`${name} is null`)
    else if (Array.isArray(condition)) this.#list(column, name, type, condition)
    else if (isComparison(condition)) this.#compare(column, name, type, condition)
    else this.#parts.push(`${name} = ${this.#value(column, type, condition)}`)
  }

  #compare(column: string, name: string, type: ColumnType, given: Comparison<unknown>): void {
    const comparisons = Object.entries(given)
    // No comparison would be a condition that every row meets.
    if (comparisons.length === 0) throw emptyCondition(column)
    for (const [key, value] of comparisons) {
      if (value === undefined) throw undefinedCondition(`${column}.${key}`)
      if (key === "in") this.#list(column, name, type, value as readonly unknown[])
      else if (key === "like") this.#like(column, name, value)
      else if (key === "not" && value === null) this.#parts.push(`${name} is not null`)
      else if (key === "not") {
        this.#parts.push(`(${name} <> ${this.#value(column, type, value)} or ${name} is null)`)
      } else {
        const operator = operators[key as keyof typeof operators]
        if (operator === undefined) throw unknownColumn(`${column}.${key}`, known)
        this.#parts.push(`${name} ${operator} ${this.#value(column, type, value)}`)
      }
    }
  }

  #like(column: string, name: string, pattern: unknown): void {
    if (typeof pattern !== "string") {
      throw new PersistError(
        "ERR_PERSIST_INVALID_ARGUMENT",
        `The condition on "${column}.like" is no string; give a pattern such as "ab%".`,
      )
    }
    this.#parts.push(this.#dialect.like(name, pattern, (value) => this.#mark(value)))
  }

  #list(column: string, name: string, type: ColumnType, list: readonly unknown[]): void {
    const some = list.filter((value) => value !== null)
    const orNull = some.length < list.length ? ` or ${name} is null` : ""
    if (some.length === 0) {
      this.#parts.push(orNull === "" ? "1 = 0" : `${name} is null`)
      return
    }
    const encoded = some.map((value) =>
      this.#dialect.encode(type, checkedValue(column, type, value)),
    )
    const member = this.#dialect.member(name, type, encoded, (value) => this.#mark(value))
    this.#parts.push(`(${member}${orNull})`)
  }

  #value(column: string, type: ColumnType, value: unknown): string {
    return this.#mark(this.#dialect.encode(type, checkedValue(column, type, value)))
  }

  #mark(value: unknown): string {
    this.#values.push(value)
    return this.#dialect.mark(this.#start + this.#values.length)
  }
}

function isComparison(condition: unknown): condition is Comparison<unknown> {
  if (typeof condition !== "object" || condition === null) return false
  const prototype: unknown = Object.getPrototypeOf(condition)
  return prototype === Object.prototype || prototype === null
}

/** The error for a column that the table does not have. */
export function unknownColumn(column: string, known: readonly string[]): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `There is no column "${column}"; there are ${known.join(", ")}.`,
  )
}

function emptyCondition(column: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `The condition on "${column}" is empty; give a comparison such as { gt: 1 }, or leave the column out.`,
  )
}

function undefinedCondition(column: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `The condition on "${column}" is undefined; leave the column out, or give null for rows without a value.`,
  )
}
