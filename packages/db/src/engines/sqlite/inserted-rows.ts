import { reasonOf } from "@persist/core/values"
import { beginsWith } from "../../sql/first-word.ts"
import { sqlParts } from "../../sql/tokens.ts"
import type { SqliteDatabase } from "./sqlite-database.ts"

const maybeInserts = beginsWith("insert|replace|with")
const maybeUpdates = /\b(?:with|update)\b/i
const inserts = /\b(?:insert(?:\s+or\s+\w+)?|replace)\s+into\b(?![\s\S]*\bdo\s+update\b)/i
const comment = String.raw`--[^\n]*(?:\n|$)|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|$)`
const blanks = String.raw`(?:\s|${comment})*`
const quoted = String.raw`"(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\`|\[[^\]]*\]|'(?:[^']|'')*'`
const name = String.raw`(?:${quoted}|[\w$\u0080-\uffff]+)`
// A comment or quoted text is passed over as a whole, whatever words it holds.
const intoTable = new RegExp(
  String.raw`${comment}|${quoted}|\binto\b${blanks}(${name}(?:${blanks}\.${blanks}${name})?)`,
  "gi",
)

/** Whether a row that `sql` changes is one that it inserts, into a table whose rows have ids. */
export function insertsRowsWithIds(database: SqliteDatabase, sql: string): boolean {
  return maybeInserts.test(sql) && insertsRows(sql) && hasRowIds(database, sql)
}

/** Of an upsert nobody can tell whether it has inserted or updated. */
function insertsRows(sql: string): boolean {
  return !maybeUpdates.test(sql) || inserts.test(bare(sql))
}

/** Of a table `without rowid` SQLite would go on telling the id of an earlier row of another one. */
function hasRowIds(database: SqliteDatabase, sql: string): boolean {
  const table = tableOf(sql)
  if (table === undefined) return true
  try {
    database.prepare(`select rowid from ${table}`)
    return true
  } catch (error) {
    return !reasonOf(error).includes("no such column")
  }
}

/** The name behind the first `into`; what follows, such as very many rows, is not looked at. */
function tableOf(sql: string): string | undefined {
  for (const [, table] of sql.matchAll(intoTable)) {
    if (table !== undefined) return table
  }
  return undefined
}

/** The text without what is quoted or a comment. */
function bare(sql: string): string {
  let result = ""
  let end = 0
  for (const { text, index } of sqlParts(sql, "sqlite")) {
    result += `${sql.slice(end, index)} `
    end = index + text.length
  }
  return result + sql.slice(end)
}
