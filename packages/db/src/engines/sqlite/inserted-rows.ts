import { reasonOf } from "@persist/core/values"
import { beginsWith } from "../../sql/first-word.ts"
import { sqlParts } from "../../sql/tokens.ts"
import type { SqliteDatabase } from "./sqlite-database.ts"

const maybeInserts = beginsWith("insert|replace|with")
const maybeUpdates = /\bwith\b|\bdo\b[\s\S]*\bupdate\b/i
const inserts = /\b(?:insert(?:\s+or\s+\w+)?|replace)\s+into\b(?![\s\S]*\bdo\s+update\b)/i
const quoted = String.raw`"(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\`|\[[^\]]*\]|'(?:[^']|'')*'`
const name = String.raw`(?:${quoted}|[\w$\u0080-\uffff]+)`
const intoTable = new RegExp(String.raw`\binto\b\s*(${name}(?:\s*\.\s*${name})?)`, "i")
const expectsName = /(?:\binto|\.)\s*$/i

/** Whether a row that `sql` changes is one that it inserts, into a table whose rows have ids. */
export function insertsRowsWithIds(database: SqliteDatabase, sql: string): boolean {
  return maybeInserts.test(sql) && insertsRows(sql) && hasRowIds(database, sql)
}

/** Of an upsert nobody can tell whether it has inserted or updated. */
function insertsRows(sql: string): boolean {
  return !maybeUpdates.test(sql) || inserts.test(bare(sql, () => false))
}

/** Of a table `without rowid` SQLite would go on telling the id of an earlier row of another one. */
function hasRowIds(database: SqliteDatabase, sql: string): boolean {
  const isName = (text: string, before: string) => !isComment(text) && expectsName.test(before)
  const table = intoTable.exec(bare(sql, isName))?.[1]
  if (table === undefined) return true
  try {
    database.prepare(`select rowid from ${table}`)
    return true
  } catch (error) {
    return !reasonOf(error).includes("no such column")
  }
}

/** The text without what is quoted or a comment, but for what `isKept`. */
function bare(sql: string, isKept: (text: string, before: string) => boolean): string {
  let result = ""
  let end = 0
  for (const { text, index } of sqlParts(sql, "sqlite")) {
    result += sql.slice(end, index)
    result += isKept(text, result) ? text : " "
    end = index + text.length
  }
  return result + sql.slice(end)
}

function isComment(text: string): boolean {
  return text.startsWith("--") || text.startsWith("/*")
}
