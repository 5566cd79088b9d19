import { PersistError } from "@persist/core"
import { kinds, valuesCheck } from "@persist/core/options"
import type { StatementRunner } from "../session/statement-runner.ts"
import type { Columns, KyselyWith, NewRow, RowChanges, RowOf } from "./columns.ts"
import type { TableSql } from "./table-sql.ts"
import type { Where } from "./where.ts"

/** Options of `findMany` and `stream`. */
export interface FindOptions<C extends Columns> {
  /** Sorted by these columns, in this order. @default by no column */
  readonly orderBy?: { readonly [K in keyof RowOf<C>]?: "asc" | "desc" } | undefined
  /** Most rows. @default every row */
  readonly limit?: number | undefined
  /** Rows to leave out at the start. @default 0 */
  readonly offset?: number | undefined
}

/** Options of `upsert`. */
export interface UpsertOptions<C extends Columns> {
  /** The unique columns that tell whether the row exists. @default ["id"] */
  readonly conflict?: readonly (keyof RowOf<C> & string)[] | undefined
}

type Row = Record<string, unknown>

const checkFind = valuesCheck<FindOptions<Columns>>("findMany", {
  orderBy: {
    allowed: 'an object such as { created_at: "desc" }',
    test: (value) => typeof value === "object" && value !== null,
  },
  limit: kinds.anything,
  offset: kinds.anything,
})
const checkUpsert = valuesCheck<UpsertOptions<Columns>>("upsert", {
  conflict: {
    allowed: "an array of names of columns, one at least",
    test: (value) => Array.isArray(value) && value.length > 0,
  },
})

/** A table with typed rows; the same values on every engine. Inside a session it takes part in it. */
export class Table<C extends Columns, Name extends string = string> {
  /** The name of the table. */
  readonly name: Name
  /** Typed queries of every other kind. */
  readonly kysely: KyselyWith<Name, C>
  readonly #sql: TableSql
  readonly #runner: StatementRunner
  readonly #together: <T>(work: () => Promise<T>) => Promise<T>

  /** @internal Made by `createTable`. */
  constructor(
    sql: TableSql,
    runner: StatementRunner,
    kysely: KyselyWith<Name, C>,
    together: <T>(work: () => Promise<T>) => Promise<T>,
  ) {
    this.name = sql.schema.name as Name
    this.#sql = sql
    this.#runner = runner
    this.kysely = kysely
    this.#together = together
  }

  /**
   * Inserts a row. @returns The whole row as it was stored.
   * @throws `ERR_PERSIST_VALIDATION`, `ERR_PERSIST_UNIQUE`, `ERR_PERSIST_NOT_NULL`, `ERR_PERSIST_FOREIGN_KEY`
   */
  async insert(row: NewRow<C>): Promise<RowOf<C>> {
    const { sql, values, id } = this.#sql.insert(row as Row)
    if (this.#sql.dialect.returns) return this.#one(sql, values)
    return this.#together(async () => {
      await this.#runner.run(sql, values)
      return (await this.find(id as Where<C>))!
    })
  }

  /** Inserts all of the rows or, on an error, none. @returns How many. */
  async insertMany(rows: Iterable<NewRow<C>>): Promise<number> {
    if (typeof rows?.[Symbol.iterator] !== "function" || typeof rows === "string") {
      throw new PersistError(
        "ERR_PERSIST_INVALID_ARGUMENT",
        "insertMany takes an array, or another iterable, of rows.",
      )
    }
    return this.#together(async () => {
      let count = 0
      for (const { sql, values, rows: batch } of this.#sql.insertBatches(rows as Iterable<Row>)) {
        await this.#runner.run(sql, values)
        count += batch
        // A long insert lets the rest of the program have its turn.
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      return count
    })
  }

  /** The row with that id, or the first that meets the conditions. */
  async find(where: Where<C>): Promise<RowOf<C> | undefined> {
    const { sql, values } = this.#sql.find(where as string | Row)
    const { rows } = await this.#runner.run<Row>(sql, values)
    const row = rows[0]
    return row && (this.#sql.decode(row) as RowOf<C>)
  }

  /** Every row that meets the conditions. */
  async findMany(where: Where<C> = {}, options: FindOptions<C> = {}): Promise<RowOf<C>[]> {
    checkFind(options as FindOptions<Columns>)
    const { sql, values } = this.#sql.select(where as string | Row, options)
    const { rows } = await this.#runner.run<Row>(sql, values)
    return rows.map((row) => this.#sql.decode(row)) as RowOf<C>[]
  }

  /** The rows that `findMany` returns, a few in memory at a time. */
  async *stream(
    where: Where<C> = {},
    options: FindOptions<C> = {},
  ): AsyncGenerator<RowOf<C>, void, undefined> {
    checkFind(options as FindOptions<Columns>)
    const { sql, values } = this.#sql.select(where as string | Row, options)
    for await (const { rows } of this.#runner.stream<Row>(sql, values, 100)) {
      for (const row of rows) yield this.#sql.decode(row) as RowOf<C>
    }
  }

  /** Changes the rows that meet the conditions. @returns How many there were. */
  async update(where: Where<C>, changes: RowChanges<C>): Promise<number> {
    const statement = this.#sql.update(where as string | Row, changes as Row)
    if (statement === undefined) return this.count(where)
    const { numAffectedRows } = await this.#runner.run(statement.sql, statement.values)
    return Number(numAffectedRows ?? 0)
  }

  /** Inserts the row, or changes the one that has the same unique values. @returns The whole row. */
  async upsert(row: NewRow<C>, options: UpsertOptions<C> = {}): Promise<RowOf<C>> {
    checkUpsert(options as UpsertOptions<Columns>)
    const target = options.conflict ?? ["id"]
    const { sql, values, id } = this.#sql.upsert(row as Row, target)
    if (this.#sql.dialect.returns) return this.#one(sql, values)
    return this.#together(async () => {
      await this.#runner.run(sql, values)
      const same = Object.fromEntries(target.map((column) => [column, (row as Row)[column]]))
      // A null is like no other, so that row is a new one.
      const isNew = Object.values(same).includes(null)
      return (await this.find((isNew ? id : same) as Where<C>))!
    })
  }

  /** Deletes the rows that meet the conditions. @returns How many there were. */
  async delete(where: Where<C>): Promise<number> {
    const { sql, values } = this.#sql.delete(where as string | Row)
    const { numAffectedRows } = await this.#runner.run(sql, values)
    return Number(numAffectedRows ?? 0)
  }

  /** How many rows meet the conditions. */
  async count(where: Where<C> = {}): Promise<number> {
    const { sql, values } = this.#sql.count(where as string | Row)
    const { rows } = await this.#runner.run<{ count: number }>(sql, values)
    return Number(rows[0]!.count)
  }

  async #one(sql: string, values: readonly unknown[]): Promise<RowOf<C>> {
    const { rows } = await this.#runner.run<Row>(sql, values)
    const row = rows[0]
    if (row !== undefined) return this.#sql.decode(row) as RowOf<C>
    throw new PersistError("ERR_PERSIST_QUERY", `"${this.name}" returned no row for: ${sql}`)
  }
}
