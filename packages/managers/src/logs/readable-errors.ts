import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"

// An error may be its own cause, and an entry may hold itself, of which JSON says so better.
const deepest = 8

/** The entry with the errors in it as objects, for JSON would make `{}` of them; the same entry when it has none. */
export function withReadableErrors(entry: PlainObject): PlainObject {
  return readable(entry, deepest) as PlainObject
}

function readable(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth === 0) return value
  if (value instanceof Error) return "toJSON" in value ? value : readableError(value, depth - 1)
  if (Array.isArray(value)) {
    const items = value.map((item) => readable(item, depth - 1))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  return isPlainObject(value) ? readableMembers(value, depth - 1) : value
}

function readableMembers(object: PlainObject, depth: number): PlainObject {
  let copy: PlainObject | undefined
  for (const name of Object.keys(object)) {
    const value = object[name]
    // Hot path: most members are no objects.
    if (typeof value !== "object" || value === null) continue
    const made = readable(value, depth)
    if (made === value) continue
    copy ??= { ...object }
    setOwn(copy, name, made)
  }
  return copy ?? object
}

function readableError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error
  const { cause: _, ...own } = { ...error } as unknown as PlainObject
  const errors = error instanceof AggregateError ? error.errors : undefined
  return {
    name,
    message,
    stack,
    ...readableMembers(own, depth),
    ...(cause !== undefined && depth > 0 && { cause: readable(cause, depth) }),
    ...(errors && depth > 0 && { errors: readable(errors, depth) }),
  }
}
