import { PersistError } from "@persist/atomic/options"

/**
 * Loads a dependency when it is first needed, in a way that works installed and bundled. `installed` makes and
 * asks a `createRequire`, which a bundle in CommonJS cannot make, for its modules do not know where they lie;
 * `bundled` has a plain `require`, which Node's modules lack and bundlers replace by what they have put in.
 * Others look in `installed`: webpack, and the file tracing by which Next.js and Nitro find what to deploy. All of
 * them know `const load = createRequire(import.meta.url)` in the function itself, and `load("name")` after it.
 *
 * @throws `ERR_PERSIST_IO` when it cannot be loaded, which the next call tries again. Were it any other
 * error, a decoder without its parser would seem to have read damaged bytes.
 */
export function lazyDependency<T>(installed: () => T, bundled: () => T): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= load(installed, bundled)
    return loaded
  }
}

function load<T>(installed: () => T, bundled: () => T): T {
  let missing: unknown
  try {
    return installed()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_INVALID_ARG_VALUE") throw unloadable(error)
    missing = error
  }
  try {
    return bundled()
  } catch (error) {
    throw unloadable(error instanceof ReferenceError ? missing : error)
  }
}

function unloadable(cause: unknown): PersistError {
  const { message } = cause as Error
  return new PersistError(
    "ERR_PERSIST_IO",
    `A package that this needs cannot be loaded; install it, or try again if the system was busy: ${message}`,
    { cause },
  )
}
