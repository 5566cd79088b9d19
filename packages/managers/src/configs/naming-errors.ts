import { PersistError } from "@persist/core"

/**
 * What `make` makes. A value that the format cannot hold, and an edit that cannot be made, are told with the
 * configuration that they were meant for.
 *
 * @throws `ERR_PERSIST_ENCODE`, `ERR_PERSIST_UNSUPPORTED`
 */
export function namingErrors<T>(
  what: string,
  about: { readonly key: string } | { readonly path: string },
  make: () => T,
): T {
  try {
    return make()
  } catch (error) {
    throw namedError(what, about, error)
  }
}

/** An error as `namingErrors` throws it. */
export function namedError(
  what: string,
  about: { readonly key: string } | { readonly path: string },
  error: unknown,
): unknown {
  const isUnnamed =
    PersistError.is(error, "ERR_PERSIST_ENCODE") ||
    PersistError.is(error, "ERR_PERSIST_UNSUPPORTED")
  if (!isUnnamed) return error
  const message = `${what} cannot be saved and stays as it is. ${error.message}`
  return new PersistError(error.code, message, { cause: error, details: error.details, ...about })
}
