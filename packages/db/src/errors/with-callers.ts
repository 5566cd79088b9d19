import type { PersistError } from "@persist/core"

const enoughFrames = 30

/** Makes an error whose stack reaches to where the statement stands: between the two are Kysely's frames and ours. */
export function withCallers(make: () => PersistError): PersistError {
  const limit = Error.stackTraceLimit
  if (limit > 0 && limit < enoughFrames) Reflect.set(Error, "stackTraceLimit", enoughFrames)
  try {
    return make()
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit)
  }
}
