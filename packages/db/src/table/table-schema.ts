import { PersistError } from "@persist/core"
import { kinds, optionsCheck, valuesCheck } from "@persist/core/options"
import { checkedValue } from "./check-value.ts"
import type { ColumnDefinition, ColumnReference, Columns, ColumnType, OnDelete } from "./columns.ts"

/** A column with every default applied. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly isNullable: boolean
  /** `undefined` for none. */
  readonly defaultValue: unknown
  readonly isUnique: boolean
  readonly hasIndex: boolean
  readonly references: Reference | undefined
}

export interface Reference {
  readonly table: string
  readonly column: string
  readonly onDelete: OnDelete
}

/** A table, read from `createTable`'s arguments. */
export interface TableSchema {
  readonly name: string
  /** The caller's columns, without `id`, `created_at` and `updated_at`. */
  readonly columns: readonly Column[]
}

const types: readonly string[] = [
  "text",
  "integer",
  "bigint",
  "real",
  "boolean",
  "timestamp",
  "json",
  "blob",
  "uuid",
  "decimal",
] satisfies ColumnType[]

const reserved: readonly string[] = ["id", "created_at", "updated_at"]
const deletions: readonly string[] = ["cascade", "set null", "restrict"] satisfies OnDelete[]
const longestName = 63

const check = valuesCheck<ColumnDefinition>("column", {
  type: kinds.anything,
  nullable: kinds.flag,
  default: kinds.anything,
  unique: kinds.flag,
  index: kinds.flag,
  references: kinds.anything,
})

const checkReference = optionsCheck<ColumnReference>("references", {
  table: true,
  column: true,
  onDelete: true,
})

/** @throws `ERR_PERSIST_INVALID_ARGUMENT`, `ERR_PERSIST_INVALID_OPTION` */
export function readTableSchema(name: string, columns: Columns): TableSchema {
  checkName(name, "table")
  if (typeof columns !== "object" || columns === null || Array.isArray(columns)) {
    throw invalid("The columns are no object: give { name: type }")
  }
  return {
    name,
    columns: Object.entries(columns).map(([column, definition]) => readColumn(column, definition)),
  }
}

function readColumn(name: string, given: Columns[string]): Column {
  checkName(name, "column")
  if (reserved.includes(name.toLowerCase())) {
    throw invalid(`Column "${name}" is one that every table gets; leave it out`)
  }
  if (typeof given !== "string" && (typeof given !== "object" || given === null)) {
    throw invalid(`Column "${name}" is neither a type nor a definition: { type: "text", … }`)
  }
  const definition: ColumnDefinition = typeof given === "string" ? { type: given } : given
  check(definition)
  if (!types.includes(definition.type)) {
    throw invalid(
      `Column "${name}" has the type ${JSON.stringify(definition.type)}; types are ${types.join(", ")}`,
    )
  }
  const references = readReference(name, definition.references)
  return {
    name,
    type: definition.type,
    isNullable: definition.nullable ?? false,
    defaultValue:
      definition.default === undefined
        ? undefined
        : checkedValue(name, definition.type, definition.default),
    isUnique: definition.unique ?? false,
    hasIndex: definition.index ?? references !== undefined,
    references,
  }
}

function readReference(
  column: string,
  given: ColumnDefinition["references"],
): Reference | undefined {
  if (given === undefined) return undefined
  const reference: ColumnReference = typeof given === "string" ? { table: given } : given
  checkReference(reference)
  const { table, column: target = "id", onDelete = "restrict" } = reference
  checkName(table, "table")
  checkName(target, "column")
  if (deletions.includes(onDelete)) return { table, column: target, onDelete }
  throw invalid(
    `Column "${column}": onDelete is "${onDelete}"; it is one of ${deletions.join(", ")}`,
  )
}

function checkName(name: unknown, what: "table" | "column"): void {
  const isValid =
    typeof name === "string" &&
    name !== "" &&
    // In a row it would be the prototype.
    name !== "__proto__" &&
    Buffer.byteLength(name) <= longestName &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    !/[\u0000-\u001f"`]/.test(name) &&
    name.isWellFormed()
  if (isValid) return
  throw invalid(
    `${JSON.stringify(name)} is no ${what} name: give 1 to ${longestName} bytes without quotes and control characters, not "__proto__"`,
  )
}

function invalid(message: string): PersistError {
  return new PersistError("ERR_PERSIST_INVALID_ARGUMENT", `createTable: ${message}.`)
}
