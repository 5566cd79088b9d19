import type { EngineName } from "../engines/engine.ts"
import { longList } from "../engines/sqlite/long-list.ts"
import type { ParsedStatement } from "./parsed-statement.ts"

/** A statement as the engine takes it. */
export interface BoundStatement {
  readonly sql: string
  readonly values: readonly unknown[]
}

const opensList = /(\bnot\s+)?\bin\s*\(\s*$/i
const longestList = 500

/** Joins a statement with its values; an array in `in (…)` becomes the list's elements. */
export function bindStatement(
  { pieces }: ParsedStatement,
  values: readonly unknown[],
  engine: EngineName,
): BoundStatement {
  // With PostgreSQL's own $1, $2 … in the text there is nothing to put in; an array is an array then.
  const isUncut = pieces.length === 1
  if (isUncut || !values.some(isList)) return { sql: joined(pieces, engine), values }
  const bound: unknown[] = []
  const mark = (value: unknown) => {
    bound.push(value)
    return engine === "postgres" ? `$${bound.length}` : "?"
  }
  let sql = pieces[0]!
  values.forEach((value, index) => {
    const opening = isList(value) ? opensList.exec(sql) : null
    if (opening === null) sql += mark(value)
    else sql = appendList(sql, opening, value as readonly unknown[], mark, engine)
    sql += pieces[index + 1]
  })
  return { sql, values: bound }
}

/** The text with the engine's own marks in place of the parameters. */
export function joined(pieces: readonly string[], engine: EngineName): string {
  let sql = pieces[0]!
  for (let index = 1; index < pieces.length; index++) {
    sql += (engine === "postgres" ? `$${index}` : "?") + pieces[index]
  }
  return sql
}

function isList(value: unknown): boolean {
  return Array.isArray(value)
}

// Long lists are one parameter, where the engine can: there are limits to the number of parameters,
// and lists of every length would otherwise be statements of their own.
function appendList(
  sql: string,
  opening: RegExpExecArray,
  list: readonly unknown[],
  mark: (value: unknown) => string,
  engine: EngineName,
): string {
  const isLong = list.length > longestList
  const isEmpty = list.length === 0
  if (isEmpty && engine === "mysql") return `${sql}select null from dual where 1 = 0`
  if ((isLong || isEmpty) && engine === "postgres") {
    const operator = opening[1] === undefined ? "= any(" : "<> all("
    return sql.slice(0, opening.index) + operator + mark(list)
  }
  const long = isLong && engine === "sqlite" ? longList(list) : undefined
  if (long !== undefined) return sql + long.sql[0] + mark(long.value) + long.sql[1]
  return sql + list.map(mark).join(", ")
}
