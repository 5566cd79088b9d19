import type { StatementRunner } from "../../session/statement-runner.ts"
import type { ColumnType } from "../columns.ts"
import type { TableSchema } from "../table-schema.ts"

/** A table that exists, in the words of its own database. */
export interface ExistingTable {
  readonly columns: ReadonlyMap<string, ExistingColumn>
}

export interface ExistingColumn {
  /** The declared type, in lower case. */
  readonly type: string
  readonly isNullable: boolean
  /** The text of the default; `null` for none, `undefined` where it cannot be compared. */
  readonly defaultText?: string | null | undefined
  readonly isUnique: boolean
  /** Whether it has an index of its own, not for uniqueness; `undefined` where that does not matter. */
  readonly isIndexed: boolean | undefined
  /** `table.column on delete …` of a foreign key. */
  readonly references: string | undefined
}

/** A foreign key in one form: to an engine without deferred checks "no action" is "restrict". */
export function referenceText(table: string, column: string, onDelete: string): string {
  const rule = onDelete.toLowerCase().replace("no action", "restrict")
  return `${table}.${column} on delete ${rule}`
}

/** How one database writes tables and values. */
export interface TableDialect {
  quote(name: string): string
  /** The mark of the parameter at `position`, counted from 1. */
  mark(position: number): string
  /** Whether `insert … returning` and the like work. */
  readonly returns: boolean
  /** Most parameters in one statement. */
  readonly longestParameters: number
  /** Statements that create the table with its indexes and whatever keeps `updated_at`. */
  create(schema: TableSchema): readonly string[]
  /** What the columns of `schema` would look like, to compare. */
  expected(schema: TableSchema): ExistingTable
  /** The table that is there under the name of `schema`. */
  inspect(runner: StatementRunner, schema: TableSchema): Promise<ExistingTable | undefined>
  /** A query whether two defaults are the same value; `undefined` where their text decides. */
  sameDefault(existing: string, expected: string): string | undefined
  /** The expression for the present moment. */
  readonly now: string
  /** `on conflict` of an upsert. */
  onConflict(target: readonly string[], assignments: readonly string[]): string
  /** How an upsert names the value that was to be inserted. */
  inserted(column: string): string
  /** The condition that a column is one of `values`, however many there are. */
  member(
    column: string,
    type: ColumnType,
    values: readonly unknown[],
    mark: (value: unknown) => string,
  ): string
  /** The condition that a column is like a pattern. */
  like(column: string, pattern: string, mark: (value: unknown) => string): string
  /** An expression in `order by`: nulls come first, and last when descending. */
  order(column: string, direction: "asc" | "desc", isNullable: boolean): string
  encode(type: ColumnType, value: unknown): unknown
  decode(type: ColumnType, value: unknown): unknown
  /** Whether values of the type are returned ready for use. */
  isPlain(type: ColumnType): boolean
}
