/** A list as one parameter: there is a limit of 32,766. */
export interface LongList {
  /** A select of its values, around the mark of the parameter. */
  readonly sql: readonly [before: string, after: string]
  readonly value: string
}

/**
 * Many values as one parameter, which `json_each` takes apart.
 *
 * @returns `undefined` for values that JSON cannot hold.
 */
export function longList(values: readonly unknown[]): LongList | undefined {
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
  return { sql: ["select value from json_each(", ")"], value: `[${parts.join(",")}]` }
}

/** What `json_each` turns into the value that would have been bound. */
function partOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value.includes("\0") ? undefined : JSON.stringify(value)
    case "number":
      return Number.isFinite(value) ? String(value) : undefined
    case "bigint":
      return BigInt.asIntN(64, value) === value ? String(value) : undefined
    case "boolean":
      return value ? "1" : "0"
    default:
      if (value === null) return "null"
      return value instanceof Date && !Number.isNaN(value.getTime())
        ? JSON.stringify(value)
        : undefined
  }
}
