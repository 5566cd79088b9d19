import { beginsWith } from "../../sql/first-word.ts"
import type { EngineName } from "../engine.ts"

const temporary = String.raw`create\s+(?:or\s+replace\s+)?(?:(?:global|local)\s+)?temp(?:orary)?`

/** What a procedure gives back goes into a variable of the connection; an `@` within a text or a comment begins none. */
const callsWithVariable = String.raw`call\b(?:/\*(?:[^*]|\*(?!/))*\*/|(?!/\*)[^'"@]|@@|'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*")*@(?:[\w$.]+|['"\`])`

const begins: Readonly<Record<Exclude<EngineName, "sqlite">, RegExp>> = {
  postgres: beginsWith(
    String.raw`set(?!\s+(?:local|transaction|constraints)\b)|listen|prepare|declare\b[^;]*\swith\s+hold|${temporary}`,
  ),
  mysql: beginsWith(
    String.raw`set(?!\s+transaction\b)|use|prepare|lock\s+tables?|${callsWithVariable}|${temporary}`,
  ),
}

// Of PostgreSQL's locks those that a transaction does not end.
const calls = /\b(?:pg_(?:try_)?advisory_lock(?:_shared)?|get_lock)\s*\(/i
// MySQL's variables are the connection's, and can be set within any statement.
const setsVariable = /@[\w.$`'"]+\s*:=|\binto\s+@/i
const vanishes = /\bon\s+commit\s+drop\b/i
const selects = beginsWith("select|with")
const intoTemporary = /\binto\s+(?:(?:global|local)\s+)?temp(?:orary)?\s+(?:table\s+)?["\w]/i

/** Whether what a statement sets, locks or makes stays with its connection when its transaction has ended. */
export function leavesTraces(
  engine: "postgres" | "mysql",
  sql: string,
  parameters: readonly unknown[] = [],
): boolean {
  if ((begins[engine].test(sql) && !vanishes.test(sql)) || calls.test(sql)) return true
  if (engine === "mysql") return setsVariable.test(sql)
  return (intoTemporary.test(sql) && selects.test(sql)) || configures(sql, parameters)
}

const configuring = /\bset_config\s*\(/gi
const isTrue = /^(?:true|'t(?:rue)?')$/i

/** Whether one of the calls of `set_config` is not certain to be for one transaction, as its last argument tells. */
function configures(sql: string, parameters: readonly unknown[]): boolean {
  for (const { 0: opening, index } of sql.matchAll(configuring)) {
    const last = lastArgument(sql, index + opening.length)
    const position = /^\$(\d+)$/.exec(last)?.[1]
    const isLocal = position ? parameters[Number(position) - 1] === true : isTrue.test(last)
    if (!isLocal) return true
  }
  return false
}

/** The text of the last argument of a call whose parenthesis opens before `start`. */
function lastArgument(sql: string, start: number): string {
  let depth = 0
  let from = start
  let isText = false
  for (let index = start; index < sql.length; index++) {
    const character = sql[index]
    if (character === "'") isText = !isText
    if (isText) continue
    if (character === "(") depth++
    if (character === "," && depth === 0) from = index + 1
    if (character === ")" && depth-- === 0) return sql.slice(from, index).trim()
  }
  return ""
}
