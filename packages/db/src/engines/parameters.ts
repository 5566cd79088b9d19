import { PersistError } from "@persist/core"
import { reasonOf } from "@persist/core/values"
import { withCallers } from "../errors/with-callers.ts"

/** An object as JSON, which would make nothing of some. */
export function jsonText(value: unknown, index: number): string {
  let text: string | undefined
  try {
    text = exactJson(value)
  } catch (cause) {
    throw invalidParameter(index, `cannot be JSON (${reasonOf(cause)}); give what JSON can hold`)
  }
  if (text === undefined)
    throw invalidParameter(index, "is nothing to JSON; give null for no value")
  return text
}

/** What JSON makes of values that it cannot hold; they are looked for only where there is such a thing. */
const traces = /null|\{\}|\{"0":/

/**
 * `JSON.stringify`, but numbers, dates, maps and the like do not become something else without a word.
 *
 * @throws TypeError naming what JSON cannot hold
 */
export function exactJson(value: unknown): string | undefined {
  const kind = emptiedKind(value)
  if (kind !== undefined && !writesItself(value)) throw lost("", `a ${kind}`)
  const text = JSON.stringify(value)
  if (text !== undefined && traces.test(text)) assertHeld("", value)
  return text
}

/** A walk of its own: `JSON.stringify` with a function for every member takes many times as long. */
function assertHeld(name: string, given: unknown): void {
  const value = writesItself(given) ? given.toJSON(name) : given
  if (value === null && given instanceof Date) throw lost(name, "an invalid date")
  if (typeof value === "number" && !Number.isFinite(value)) throw lost(name, String(value))
  if (typeof value !== "object" || value === null) return
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) assertHeld(String(index), value[index])
    return
  }
  if (ArrayBuffer.isView(value)) throw lost(name, "bytes")
  const members = value as Readonly<Record<string, unknown>>
  const names = Object.keys(members)
  for (const member of names) assertHeld(member, members[member])
  // Where something is left, such as an error's code, no trace leads here: what is beside it must not decide.
  const kind = names.length === 0 ? emptiedKind(value) : undefined
  if (kind !== undefined) throw lost(name, `a ${kind}`)
}

function writesItself(value: unknown): value is { toJSON(name: string): unknown } {
  if (typeof value !== "object" || value === null) return false
  return "toJSON" in value && typeof value.toJSON === "function"
}

const emptied = [Map, Set, Promise, RegExp, Error, ArrayBuffer]

function emptiedKind(value: unknown): string | undefined {
  if (typeof value !== "object") return undefined
  for (const kind of emptied) if (value instanceof kind) return kind.name
  return undefined
}

function lost(name: string, what: string): TypeError {
  return new TypeError(`${name === "" ? "it" : `"${name}"`} is ${what}`)
}

/** The error for a parameter that no engine can bind. */
export function invalidParameter(index: number, problem: string): PersistError {
  const message = `Parameter ${index + 1} ${problem}.`
  return withCallers(() => new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message))
}
