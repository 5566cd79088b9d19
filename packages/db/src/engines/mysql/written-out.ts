import { sqlParts } from "../../sql/tokens.ts"

/** A statement with its values written in place of the `?`: texts and big integers by us, the others by `written`. */
export function writtenOut(
  sql: string,
  values: readonly unknown[],
  written: (value: unknown) => string,
): string {
  const parts: string[] = []
  let start = 0
  let next = 0
  for (const { text, index } of sqlParts(sql, "mysql")) {
    if (text !== "?") continue
    parts.push(sql.slice(start, index), writtenValue(values[next++], written))
    start = index + 1
  }
  return parts.join("") + sql.slice(start)
}

/** Whether a backslash escapes is up to `sql_mode`, so a text with one is written as its bytes. */
function writtenValue(value: unknown, written: (value: unknown) => string): string {
  // In quotes it would be compared as a floating-point number.
  if (typeof value === "bigint") return String(value)
  if (typeof value !== "string") return written(value)
  if (value.includes("\\")) return `_utf8mb4 x'${Buffer.from(value).toString("hex")}'`
  return `'${value.replaceAll("'", "''")}'`
}
