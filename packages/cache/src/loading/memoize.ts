import { checkFunction, checkOptions, invalidOption } from "../options.ts"
import type { Loader } from "./context.ts"
import { type LoadOptions, loadOptionNames, readLoadOptions } from "./load-options.ts"

/** Options of `memoize`. */
export interface MemoizeOptions<K, Args extends unknown[]> extends Omit<LoadOptions, "signal"> {
  /** Key of a call. Calls of several functions in one cache need keys that tell them apart. @default the only argument */
  readonly key?: ((...args: Args) => K) | undefined
}

interface LoadingCache<K, V> {
  getOrSet(key: K, load: Loader<K, V>, options?: LoadOptions): V | Promise<V>
}

export function memoize<K, V, Args extends unknown[]>(
  cache: LoadingCache<K, V>,
  work: (...args: Args) => V | PromiseLike<V>,
  options: MemoizeOptions<K, Args> = {},
): (...args: Args) => V | Promise<V> {
  checkFunction("memoize: the function", work ?? null)
  checkOptions("memoize", options, ["key", ...loadOptionNames])
  checkFunction("memoize: key", options.key)
  const { key: keyOf, ...given } = options
  const { signal } = readLoadOptions("memoize", given)
  if (signal !== undefined) {
    throw invalidOption("memoize: signal", signal, "none, as its results are for all callers")
  }
  const loadOptions = Object.keys(given).length === 0 ? undefined : given
  return function (this: unknown, ...args) {
    if (keyOf === undefined && args.length !== 1) {
      throw invalidOption("memoize: key", keyOf, "a function, unless there is exactly one argument")
    }
    const key = keyOf === undefined ? (args[0] as unknown as K) : keyOf(...args)
    return cache.getOrSet(key, () => work.apply(this, args), loadOptions)
  }
}
