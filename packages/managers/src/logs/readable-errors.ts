import { isError } from "@persist/core/options"
import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"

// An error may be its own cause, and an entry may hold itself, of which JSON says so better.
const deepest = 8

/**
 * The entry with the errors in it as objects, for JSON would make `{}` of them; the same entry when it has none.
 *
 * @param areBare Whether errors have only those of their own members that JSON can hold for certain.
 */
export function withReadableErrors(entry: PlainObject, areBare = false): PlainObject {
  return readable(entry, deepest, areBare) as PlainObject
}

function readable(value: unknown, depth: number, areBare: boolean): unknown {
  if (typeof value !== "object" || value === null || depth === 0) return value
  if (isError(value)) {
    // Its toJSON may leave out on purpose what nobody shall see.
    const isAsItSays = "toJSON" in value && (!areBare || isHeld(value))
    return isAsItSays ? value : readableError(value, depth - 1, areBare)
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => readable(item, depth - 1, areBare))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  return isPlainObject(value) ? readableMembers(value, depth - 1, areBare) : value
}

function readableMembers(object: PlainObject, depth: number, areBare: boolean): PlainObject {
  let copy: PlainObject | undefined
  for (const name of Object.keys(object)) {
    const value = object[name]
    // Hot path: most members are no objects.
    if (typeof value !== "object" || value === null) continue
    const made = readable(value, depth, areBare)
    if (made === value) continue
    copy ??= { ...object }
    setOwn(copy, name, made)
  }
  return copy ?? object
}

function readableError(error: Error, depth: number, areBare: boolean): unknown {
  const { name, message, stack } = error
  const { cause: _, ...own } = { ...error } as unknown as PlainObject
  const inner = depth > 0 ? innerErrors(error) : {}
  const members = areBare
    ? Object.fromEntries(Object.entries(own).filter(([, value]) => isWord(value)))
    : readableMembers(own, depth, areBare)
  const made = readableMembers(inner, depth, areBare)
  return { name, message, stack, ...members, ...(areBare ? heldMembers(made) : made) }
}

/** Members without what JSON cannot hold, item by item of lists. */
function heldMembers(members: PlainObject): PlainObject {
  const held = (value: unknown) => (isHeld(value) ? value : undefined)
  const heldOf = (value: unknown) => (Array.isArray(value) ? value.map(held) : held(value))
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, heldOf(value)]))
}

/** What an error was made of, which is no member that JSON would see. */
function innerErrors(error: Error): PlainObject {
  const { cause } = error
  // As `await using` throws it.
  const { error: later, suppressed } = error as Partial<SuppressedError>
  return {
    ...(cause !== undefined && { cause }),
    ...(error instanceof AggregateError && { errors: error.errors }),
    ...("suppressed" in error && { error: later, suppressed }),
  }
}

/** Whether JSON can hold `value`. */
function isHeld(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

function isWord(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value)
}
