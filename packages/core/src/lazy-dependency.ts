import { PersistError } from "@persist/atomic/options"

/**
 * Loads a dependency when it is first needed, in a way that works installed and bundled. `installed` makes and
 * asks a `createRequire`, which a bundle in CommonJS cannot make, for its modules do not know where they lie;
 * `bundled` has a plain `require`, which Node's modules lack and bundlers replace by what they have put in.
 * Others look in `installed`: webpack, and the file tracing by which Next.js and Nitro find what to deploy. All of
 * them know `const load = createRequire(import.meta.url)` in the function itself, and `load("name")` after it.
 * `native` asks the `createRequire` of Node itself (`process.getBuiltinModule`) for a package of ES modules: the one
 * that Vitest's vm pools put in its place reads each file as CommonJS.
 *
 * @throws `ERR_PERSIST_IO` when it cannot be loaded, which the next call tries again. Were it any other
 * error, a decoder without its parser would seem to have read damaged bytes.
 */
export function lazyDependency<T>(installed: () => T, bundled: () => T, native?: () => T): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= load(installed, bundled, native)
    return loaded
  }
}

function load<T>(installed: () => T, bundled: () => T, native?: () => T): T {
  let missing: unknown
  try {
    return installed()
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    if (name === "SyntaxError" && native !== undefined) return loadNative(native, error)
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_INVALID_ARG_VALUE") throw unloadable(error)
    missing = error
  }
  try {
    return bundled()
  } catch (error) {
    throw unloadable(error instanceof ReferenceError ? missing : error)
  }
}

function loadNative<T>(native: () => T, refusal: unknown): T {
  try {
    return native()
  } catch {
    throw unloadable(refusal)
  }
}

function unloadable(cause: unknown): PersistError {
  // A package may throw anything while it is loaded.
  const { message = String(cause) } = Object(cause) as Partial<Error>
  // What esbuild says in an ES module.
  if (message.startsWith("Dynamic require of")) {
    const remedy = `give it a banner that makes one, as "Formats" in the README of @persist/managers shows`
    return new PersistError(
      "ERR_PERSIST_IO",
      `This bundle has no require (${message}); ${remedy}.`,
      { cause },
    )
  }
  return new PersistError(
    "ERR_PERSIST_IO",
    `A package that this needs cannot be loaded; install it, beside a bundle too that has not taken it in, or try again if the system was busy: ${message}`,
    { cause },
  )
}
