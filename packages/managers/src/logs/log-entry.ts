import { PersistError } from "@persist/core"
import { parseExactly } from "@persist/core/options"
import { describeValue, reasonOf } from "@persist/core/values"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { withReadableErrors } from "./readable-errors.ts"

/** One record of a log: any JSON object; `time` and `level` are what `read` selects by. */
export interface LogEntry {
  /** ISO 8601, or milliseconds since the epoch; `append` fills it in. */
  readonly time?: string | number
  /** A name (`"trace"` to `"fatal"`), or a number as pino has them (10 to 60). */
  readonly level?: string | number
  readonly [field: string]: unknown
}

/** Names of levels, by weight. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal"

const weights: Readonly<Record<LogLevel, number>> = Object.freeze({
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
})

/** The names of the levels. */
export const logLevels: readonly string[] = Object.keys(weights)

/** The weight of a level; NaN when it is none. */
export function levelWeight(level: unknown): number {
  if (typeof level === "number") return level
  if (typeof level !== "string") return Number.NaN
  const name = level.toLowerCase()
  if (name === "warning") return weights.warn
  return Object.hasOwn(weights, name) ? weights[name as LogLevel] : Number.NaN
}

/** Milliseconds since the epoch of an entry; NaN when it has no time. */
export function entryTime(entry: LogEntry): number {
  if (typeof entry.time === "number") return entry.time
  return typeof entry.time === "string" ? Date.parse(entry.time) : Number.NaN
}

/**
 * One line of JSON without its line break; `time` is put first when the entry has none. Errors among the
 * fields are written with name, message, stack and cause, if need be without what JSON cannot hold of them.
 *
 * @throws `ERR_PERSIST_ENCODE`
 */
export function entryLine(entry: unknown, time?: string): string {
  if (!isPlainObject(entry)) {
    throw new PersistError(
      "ERR_PERSIST_ENCODE",
      `A log entry has to be a plain object, such as { level: "info", message: "started" }; this is ${describeValue(entry)}.`,
    )
  }
  try {
    const line = jsonOf(entry)
    if (line?.[0] !== "{") throw new TypeError("its toJSON makes no object of it")
    if (time === undefined || entry.time !== undefined) return line
    // Hot path: no copy of the entry is made for the time.
    return line === "{}" ? `{"time":"${time}"}` : `{"time":"${time}",${line.slice(1)}`
  } catch (cause) {
    throw new PersistError("ERR_PERSIST_ENCODE", `A log entry cannot be JSON: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

/** An error is written, if need be without what JSON cannot hold of it, rather than lost. */
function jsonOf(entry: PlainObject): string | undefined {
  try {
    return JSON.stringify(withReadableErrors(entry))
  } catch (error) {
    const bare = withReadableErrors(entry, true)
    if (bare === entry) throw error
    return JSON.stringify(bare)
  }
}

/** The entry of one line; undefined when the line is damaged. */
export function parseEntry(line: string): LogEntry | undefined {
  try {
    const value: unknown = parseExactly(line)
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Makes what says the time as ISO 8601; a text is made once a millisecond. */
export function timeTexts(clock: () => number): () => string {
  let last = Number.NaN
  let text = ""
  return () => {
    const now = clock()
    if (now !== last) {
      last = now
      text = new Date(now).toISOString()
    }
    return text
  }
}
