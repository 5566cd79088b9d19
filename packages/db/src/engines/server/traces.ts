import { beginsWith } from "../../sql/first-word.ts"
import type { EngineName } from "../engine.ts"

const temporary = String.raw`create\s+(?:or\s+replace\s+)?(?:(?:global|local)\s+)?temp(?:orary)?`

const begins: Readonly<Record<Exclude<EngineName, "sqlite">, RegExp>> = {
  postgres: beginsWith(
    String.raw`set(?!\s+(?:local|transaction|constraints)\b)|listen|prepare|${temporary}`,
  ),
  mysql: beginsWith(String.raw`set(?!\s+transaction\b)|use|prepare|lock\s+tables?|${temporary}`),
}

// Of PostgreSQL's locks those that a transaction does not end; what `set_config` sets is mostly for one.
const calls =
  /\b(?:pg_(?:try_)?advisory_lock(?:_shared)?|get_lock)\s*\(|\bset_config\s*\([^()]*,\s*false\s*\)/i
const vanishes = /\bon\s+commit\s+drop\b/i

/** Whether what a statement sets, locks or makes stays with its connection when its transaction has ended. */
export function leavesTraces(engine: "postgres" | "mysql", sql: string): boolean {
  return (begins[engine].test(sql) && !vanishes.test(sql)) || calls.test(sql)
}
