import type { EngineName } from "../engines/engine.ts"
import { listMembers } from "../engines/sqlite/long-list.ts"
import { longestList } from "./longest-list.ts"
import type { ParsedStatement } from "./parsed-statement.ts"

/** A statement as the engine takes it. */
export interface BoundStatement {
  readonly sql: string
  readonly values: readonly unknown[]
}

const opensList = /(\bnot\s+)?\bin\s*\(\s*$/i

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
    // Only in the piece before it: a search in all of the text would take time by the square of the lists.
    const opening = isList(value) ? opensList.exec(pieces[index]!) : null
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
    return sql.slice(0, sql.length - opening[0].length) + operator + mark(list)
  }
  return sql + (engine === "sqlite" ? listMembers(list, mark) : list.map(mark).join(", "))
}
