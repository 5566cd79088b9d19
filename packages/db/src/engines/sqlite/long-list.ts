import { longestList } from "../../sql/longest-list.ts"
import { isDate } from "../is-date.ts"

/** A list as one parameter. */
export interface LongList {
  /** A select of its values, around the mark of the parameter. */
  readonly sql: readonly [before: string, after: string]
  readonly value: string
}

/**
 * Many values as one parameter, which `json_each` takes apart.
 *
 * @returns `undefined` for a list that is short, and for values that JSON cannot hold.
 */
export function longList(values: readonly unknown[]): LongList | undefined {
  if (values.length <= longestList) return undefined
  if (values.every((value) => value instanceof Uint8Array)) {
    const value = JSON.stringify(values.map((bytes) => Buffer.from(bytes).toString("hex")))
    return { sql: ["select unhex(value) from json_each(", ")"], value }
  }
  const parts: string[] = []
  for (const value of values) {
    const part = partOf(value)
    if (part === undefined) return undefined
    parts.push(part)
  }
  // The sign makes it no column, which would not be compared as what is looked for: a text with integers, say.
  return { sql: ["select +value from json_each(", ")"], value: `[${parts.join(",")}]` }
}

/** What stands in `in (…)`: a mark for each value, or a select from one. */
export function listMembers(values: readonly unknown[], mark: (value: unknown) => string): string {
  const list = longList(values)
  if (list === undefined) return values.map(mark).join(", ")
  return list.sql[0] + mark(list.value) + list.sql[1]
}

/** What `json_each` turns into the value that would have been bound. */
function partOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value.includes("\0") || !value.isWellFormed() ? undefined : JSON.stringify(value)
    case "number":
      return Number.isFinite(value) ? String(value) : undefined
    case "bigint":
      return BigInt.asIntN(64, value) === value ? String(value) : undefined
    case "boolean":
      return value ? "1" : "0"
    default:
      if (value === null) return "null"
      return isDate(value) && !Number.isNaN(value.getTime()) ? JSON.stringify(value) : undefined
  }
}
