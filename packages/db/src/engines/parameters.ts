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
  if (kind !== undefined && !("toJSON" in (value as object))) throw lost("it", `a ${kind}`)
  const text = JSON.stringify(value)
  if (text !== undefined && traces.test(text)) JSON.stringify(value, heldMember)
  return text
}

function heldMember(this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
  const given = this[name]
  const isDate = given instanceof Date && Number.isNaN(given.getTime())
  assertHeld(name === "" ? "it" : `"${name}"`, isDate ? given : value)
  return value
}

function assertHeld(place: string, value: unknown): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw lost(place, String(value))
  if (typeof value !== "object" || value === null) return
  if (value instanceof Date && Number.isNaN(value.getTime())) throw lost(place, "an invalid date")
  if (ArrayBuffer.isView(value) && !("toJSON" in value)) throw lost(place, "bytes")
  const kind = emptiedKind(value)
  // Where something is left, such as an error's code, no trace leads here: what is beside it must not decide.
  if (kind !== undefined && Object.keys(value).length === 0) throw lost(place, `a ${kind}`)
}

const emptied = [Map, Set, Promise, RegExp, Error, ArrayBuffer]

function emptiedKind(value: unknown): string | undefined {
  if (typeof value !== "object") return undefined
  for (const kind of emptied) if (value instanceof kind) return kind.name
  return undefined
}

function lost(place: string, what: string): TypeError {
  return new TypeError(`${place} is ${what}`)
}

/** The error for a parameter that no engine can bind. */
export function invalidParameter(index: number, problem: string): PersistError {
  const message = `Parameter ${index + 1} ${problem}.`
  return withCallers(() => new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message))
}
