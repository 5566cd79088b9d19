import { PersistError } from "@persist/core"
import { invalidOption } from "@persist/core/options"
import { checkedValue } from "./check-value.ts"
import type { ColumnType } from "./columns.ts"
import type { TableDialect } from "./dialects/table-dialect.ts"
import type { TableSchema } from "./table-schema.ts"
import { uuidv7 } from "./uuid.ts"
import { unknownColumn, type WhereSql, whereSql } from "./where.ts"

type Row = Readonly<Record<string, unknown>>

/** A statement with its values. */
export interface Statement {
  readonly sql: string
  readonly values: readonly unknown[]
}

interface Sorting {
  readonly orderBy?: Readonly<Record<string, "asc" | "desc" | undefined>> | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** Writes the statements of one table. */
export class TableSql {
  readonly schema: TableSchema
  readonly dialect: TableDialect
  readonly #types: ReadonlyMap<string, ColumnType>
  readonly #nullable: ReadonlySet<string>
  readonly #columnNames: readonly string[]
  readonly #decoded: readonly (readonly [name: string, type: ColumnType])[]
  readonly #table: string
  readonly #list: string
  readonly #findById: string

  constructor(schema: TableSchema, dialect: TableDialect) {
    this.schema = schema
    this.dialect = dialect
    this.#types = new Map<string, ColumnType>([
      ["id", "uuid"],
      ["created_at", "timestamp"],
      ["updated_at", "timestamp"],
      ...schema.columns.map(({ name, type }) => [name, type] as const),
    ])
    const nullable = schema.columns.filter(({ isNullable }) => isNullable)
    this.#nullable = new Set(nullable.map(({ name }) => name))
    this.#columnNames = [...this.#types.keys()]
    this.#decoded = [...this.#types].filter(([, type]) => !dialect.isPlain(type))
    this.#table = dialect.quote(schema.name)
    this.#list = this.#columnNames.map((name) => dialect.quote(name)).join(", ")
    this.#findById = `select ${this.#list} from ${this.#table} where ${dialect.quote("id")} = ${dialect.mark(1)}`
  }

  /** Gives a row its final values, in place. */
  decode(row: Record<string, unknown>): Record<string, unknown> {
    for (const [name, type] of this.#decoded) {
      const value = row[name]
      if (value !== null) row[name] = this.dialect.decode(type, value)
    }
    return row
  }

  find(where: string | Row): Statement {
    if (typeof where === "string") {
      return { sql: this.#findById, values: [checkedValue("id", "uuid", where)] }
    }
    return this.select(where, { limit: 1 })
  }

  select(where: string | Row, { orderBy = {}, limit, offset = 0 }: Sorting): Statement {
    const { sql, values } = this.#where(where, 0)
    const order = Object.entries(orderBy).map(([column, direction = "asc"]) => {
      if (!this.#types.has(column)) throw unknownColumn(column, this.#columnNames)
      if (direction !== "asc" && direction !== "desc") {
        throw invalidOption(`orderBy.${column}`, direction, '"asc" or "desc"')
      }
      return this.dialect.order(this.dialect.quote(column), direction, this.#nullable.has(column))
    })
    const limits = this.#limits(limit, offset)
    const sorted = order.length > 0 ? ` order by ${order.join(", ")}` : ""
    return { sql: `select ${this.#list} from ${this.#table}${sql}${sorted}${limits}`, values }
  }

  count(where: string | Row): Statement {
    const { sql, values } = this.#where(where, 0)
    return { sql: `select count(*) as count from ${this.#table}${sql}`, values }
  }

  delete(where: string | Row): Statement {
    const { sql, values } = this.#where(where, 0)
    return { sql: `delete from ${this.#table}${sql}`, values }
  }

  /** `undefined` when nothing is to change. */
  update(where: string | Row, changes: Row): Statement | undefined {
    const columns = this.#given(changes, "change")
    if (columns.length === 0) return undefined
    const values = columns.map((column) => this.#encode(column, changes[column]))
    const sets = columns.map(
      (column, index) => `${this.dialect.quote(column)} = ${this.dialect.mark(index + 1)}`,
    )
    sets.push(`${this.dialect.quote("updated_at")} = ${this.dialect.now}`)
    const condition = this.#where(where, values.length)
    return {
      sql: `update ${this.#table} set ${sets.join(", ")}${condition.sql}`,
      values: [...values, ...condition.values],
    }
  }

  insert(row: Row): Statement & { readonly id: string } {
    const columns = this.#given(row, "insert")
    const id = (row.id as string | undefined) ?? uuidv7()
    const returning = this.dialect.returns ? ` returning ${this.#list}` : ""
    return {
      id,
      sql: `${this.#insertInto(columns)} ${this.#marks(columns.length + 1, 0)}${returning}`,
      values: this.#values({ ...row, id }, columns),
    }
  }

  /** One statement for every run of rows with the same columns, within the limit of parameters. */
  *insertBatches(rows: Iterable<Row>): Generator<Statement & { readonly rows: number }> {
    let columns: readonly string[] = []
    let values: unknown[] = []
    let count = 0
    const batch = () => {
      const width = columns.length + 1
      const marks = Array.from({ length: count }, (_, index) => this.#marks(width, index * width))
      return { sql: `${this.#insertInto(columns)} ${marks.join(", ")}`, values, rows: count }
    }
    for (const row of rows) {
      const given = this.#given(row, "insert")
      const isSame =
        given.length === columns.length && given.every((name, i) => name === columns[i])
      const isFull =
        count >= 500 || values.length + given.length + 1 > this.dialect.longestParameters
      if (count > 0 && (!isSame || isFull)) {
        yield batch()
        values = []
        count = 0
      }
      if (!isSame) columns = given
      const id = row.id === undefined ? uuidv7() : checkedValue("id", "uuid", row.id)
      values.push(id)
      for (const column of columns) values.push(this.#encode(column, row[column]))
      count++
    }
    if (count > 0) yield batch()
  }

  upsert(row: Row, target: readonly string[]): Statement & { readonly id: string } {
    for (const column of target) {
      if (!this.#types.has(column)) throw unknownColumn(column, this.#columnNames)
      if (isGiven(row, column)) continue
      throw new PersistError(
        "ERR_PERSIST_INVALID_ARGUMENT",
        `upsert: the row has no "${column}", by which an existing one is to be found.`,
      )
    }
    const columns = this.#given(row, "upsert")
    const { dialect } = this
    const sets = columns
      .filter((column) => !target.includes(column))
      .map((column) => `${dialect.quote(column)} = ${dialect.inserted(dialect.quote(column))}`)
    sets.push(`${dialect.quote("updated_at")} = ${dialect.now}`)
    const conflict = dialect.onConflict(
      target.map((column) => dialect.quote(column)),
      sets,
    )
    const returning = dialect.returns ? ` returning ${this.#list}` : ""
    const id = (row.id as string | undefined) ?? uuidv7()
    return {
      id,
      sql: `${this.#insertInto(columns)} ${this.#marks(columns.length + 1, 0)} ${conflict}${returning}`,
      values: this.#values({ ...row, id }, columns),
    }
  }

  #where(where: string | Row, start: number): WhereSql {
    return whereSql(where, this.#types, this.dialect, start)
  }

  #limits(limit: number | undefined, offset: number): string {
    for (const [name, value] of Object.entries({ limit: limit ?? 0, offset })) {
      if (!Number.isSafeInteger(value) || value < 0)
        throw invalidOption(name, value, "whole numbers from 0")
    }
    if (limit === undefined && offset === 0) return ""
    return ` limit ${limit ?? Number.MAX_SAFE_INTEGER}${offset > 0 ? ` offset ${offset}` : ""}`
  }

  /** The columns that `row` gives, in the order of the table. */
  #given(row: Row, action: string): string[] {
    if (typeof row !== "object" || row === null) {
      throw new PersistError("ERR_PERSIST_INVALID_ARGUMENT", `${action}: the row is no object.`)
    }
    for (const column in row) {
      const isOwn = column === "id" ? action === "change" : /^(?:created|updated)_at$/.test(column)
      if (this.#types.has(column) && !isOwn) continue
      throw unknownColumn(
        column,
        this.schema.columns.map(({ name }) => name),
      )
    }
    return this.schema.columns.map(({ name }) => name).filter((name) => isGiven(row, name))
  }

  #insertInto(columns: readonly string[]): string {
    const names = ["id", ...columns].map((column) => this.dialect.quote(column))
    return `insert into ${this.#table} (${names.join(", ")}) values`
  }

  #marks(count: number, start: number): string {
    let marks = this.dialect.mark(start + 1)
    for (let index = 2; index <= count; index++) marks += `, ${this.dialect.mark(start + index)}`
    return `(${marks})`
  }

  #values(row: Row, columns: readonly string[]): unknown[] {
    return ["id", ...columns].map((column) => this.#encode(column, row[column]))
  }

  #encode(column: string, value: unknown): unknown {
    if (value === null) return null
    const type = this.#types.get(column)!
    return this.dialect.encode(type, checkedValue(column, type, value))
  }
}

/** A column may have the name of something that every object has, such as `constructor`. */
function isGiven(row: Row, column: string): boolean {
  return row[column] !== undefined && (!(column in Object.prototype) || Object.hasOwn(row, column))
}
