import { PersistError } from "@persist/core"
import { brief } from "@persist/core/values"
import { errorClasses } from "./format.ts"

/**
 * An error of the built-in class that a file names, without message, stack or other errors.
 *
 * @throws `ERR_PERSIST_UNKNOWN_CLASS` for any other name.
 */
export function emptyError(name: string): Error {
  const made = errorClasses.get(name)
  if (made === undefined) {
    throw new PersistError(
      "ERR_PERSIST_UNKNOWN_CLASS",
      `The pickle holds an error of the class ${JSON.stringify(brief(name))}, which is not built in.`,
    )
  }
  return bareError(made)
}

function bareError(made: ErrorConstructor): Error {
  const limit = Error.stackTraceLimit
  // Not by assignment, which throws where intrinsics are frozen.
  Reflect.set(Error, "stackTraceLimit", 0)
  const error = made === (AggregateError as unknown) ? new AggregateError([]) : new made()
  Reflect.set(Error, "stackTraceLimit", limit)
  for (const key of ["stack", "errors", "error", "suppressed"]) Reflect.deleteProperty(error, key)
  return error
}
