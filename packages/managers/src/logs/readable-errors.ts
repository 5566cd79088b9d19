import type { PlainObject } from "../plain-object.ts"

/** The entry with its errors as objects, for JSON would make `{}` of them; the same entry when it has none. */
export function withReadableErrors(entry: PlainObject): PlainObject {
  let readable: PlainObject | undefined
  for (const name of Object.keys(entry)) {
    const value = entry[name]
    if (!(value instanceof Error)) continue
    readable ??= { ...entry }
    readable[name] = readableError(value)
  }
  return readable ?? entry
}

function readableError(error: Error): unknown {
  if ("toJSON" in error) return error
  const { name, message, stack, cause } = error
  return {
    name,
    message,
    stack,
    ...(error as object),
    ...(cause !== undefined && { cause: readable(cause) }),
    ...(error instanceof AggregateError && { errors: error.errors.map(readable) }),
  }
}

function readable(value: unknown): unknown {
  return value instanceof Error ? readableError(value) : value
}
