import { sqlParts } from "../../sql/tokens.ts"

/** A statement with its values written in place of the `?`, each as `written` has it. */
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
    parts.push(sql.slice(start, index), written(values[next++]))
    start = index + 1
  }
  return parts.join("") + sql.slice(start)
}
