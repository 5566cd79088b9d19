/**
 * Loads a dependency when it is first needed, in a way that works installed and bundled. `installed` asks a
 * `createRequire`; `bundled` has a plain `require`, which Node's modules lack and bundlers replace by what
 * they have put in.
 *
 * @throws What `installed` throws, unless that is a missing module; then what `bundled` throws.
 */
export function lazyDependency<T>(installed: () => T, bundled: () => T): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= load(installed, bundled)
    return loaded
  }
}

function load<T>(installed: () => T, bundled: () => T): T {
  try {
    return installed()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error
  }
  return bundled()
}
