import { PersistError } from "@persist/core"
import { reasonOf } from "@persist/core/values"
import { withCallers } from "../errors/with-callers.ts"
import { isDate } from "./is-date.ts"

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

/**
 * `JSON.stringify`, but numbers, dates, maps and the like do not become something else without a word.
 *
 * @throws TypeError naming what JSON cannot hold
 */
export function exactJson(value: unknown): string | undefined {
  const text = JSON.stringify(value)
  if (text !== undefined) assertHeld("", value)
  return text
}

/** A walk of its own: `JSON.stringify` with a function for every member takes many times as long. A hot path. */
function assertHeld(name: string | number, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "number" && !Number.isFinite(value)) throw lost(name, String(value))
  } else if (writesItself(value)) assertWritten(name, value)
  else assertMembersHeld(name, value)
}

/** What an object wrote of itself is not asked again how it is written. */
function assertWritten(name: string | number, value: SelfWritten): void {
  // A date that writes its text once more costs many times as much as a look at its time.
  if (isDate(value) && value.toJSON === dateToJson && !Number.isNaN(value.getTime())) return
  const written = value.toJSON(String(name))
  if (isDate(value) && written === null) throw lost(name, "an invalid date")
  if (typeof written === "object" && written !== null) assertMembersHeld(name, written)
  else assertHeld(name, written)
}

function assertMembersHeld(name: string | number, value: object): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const member: unknown = value[index]
      if (mayBeLost(member)) assertHeld(index, member)
    }
    return
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) assertNotEmptied(name, value)
  const members = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(members)) {
    const member = members[key]
    if (mayBeLost(member)) assertHeld(key, member)
  }
}

function mayBeLost(value: unknown): boolean {
  return typeof value === "object" ? value !== null : typeof value === "number"
}

const dateToJson: unknown = Date.prototype.toJSON

interface SelfWritten {
  toJSON(name: string): unknown
}

function writesItself(value: object): value is SelfWritten {
  return typeof (value as Partial<SelfWritten>).toJSON === "function"
}

const emptied = [Map, Set, Promise, RegExp, Error, ArrayBuffer, Date]

function assertNotEmptied(name: string | number, value: object): void {
  if (ArrayBuffer.isView(value)) throw lost(name, "bytes")
  for (const kind of emptied) if (value instanceof kind) throw lost(name, `a ${kind.name}`)
}

function lost(name: string | number, what: string): TypeError {
  return new TypeError(`${name === "" ? "it" : `"${name}"`} is ${what}`)
}

/** A text that would come back as it was given: half a surrogate pair has no UTF-8. A hot path. */
export function assertWellFormed(text: string, index: number): void {
  if (text.isWellFormed()) return
  throw invalidParameter(
    index,
    "holds half a surrogate pair, which would be stored as another character",
  )
}

/** The error for a parameter that no engine can bind. */
export function invalidParameter(index: number, problem: string): PersistError {
  const message = `Parameter ${index + 1} ${problem}.`
  return withCallers(() => new PersistError("ERR_PERSIST_INVALID_ARGUMENT", message))
}
