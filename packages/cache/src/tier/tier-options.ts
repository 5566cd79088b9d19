import {
  checkFunction,
  checkOptions,
  type Duration,
  invalidOption,
  toMilliseconds,
} from "../options.ts"

/** A slower place behind the cache; every `Storage` of `@persist/core` is one. */
export interface TierStore {
  /** The value saved under `key`; `undefined` or `null` when there is none. */
  load(key: string): unknown
  save(key: string, value: unknown, options?: { ttl: number }): unknown
  delete(key: string): unknown
  /** Changes what is saved as one step against all processes: without it, of two caches that invalidate a tag at the same moment the later may be forgotten. */
  update?(key: string, change: (current: unknown) => unknown): unknown
  /** Where `ttl` is true, `save` is told the lifetime so that the store can forget by itself. */
  readonly supports?: { readonly ttl?: boolean }
}

/** Where and how values are kept beyond memory. */
export interface TierOptions<K> {
  readonly store: TierStore
  /** Put before every key. @default "" */
  readonly prefix?: string | undefined
  /** Name of a key in the store. @default the key itself, which must be a string or a number then */
  readonly keyOf?: ((key: K) => string) | undefined
  /** `"through"` starts writing at once; `"behind"` gathers for `writeDelay`, the last value of a key wins. @default "through" */
  readonly write?: "through" | "behind" | undefined
  /** How long `"behind"` gathers. @default 100 */
  readonly writeDelay?: Duration | undefined
  /** Longest wait for the store when reading; then it counts as not having the key. @default "1s" */
  readonly timeout?: Duration | undefined
  /**
   * Longest that `flush` and `close` wait for the store to end a write before they reject with `ERR_PERSIST_TIMEOUT`.
   * The write is not given up, as it may still arrive and must not overtake a newer one. @default "30s"
   */
  readonly writeTimeout?: Duration | undefined
}

/** Tier options, checked and complete. */
export interface TierSettings<K> {
  readonly store: TierStore
  readonly nameOf: (key: K) => string
  readonly prefix: string
  /** Milliseconds; undefined writes at once. */
  readonly writeDelay: number | undefined
  readonly timeout: number
  readonly writeTimeout: number
}

const tierOptionNames = [
  "store",
  "prefix",
  "keyOf",
  "write",
  "writeDelay",
  "timeout",
  "writeTimeout",
]

export function readTierOptions<K>(given: TierStore | TierOptions<K>): TierSettings<K> {
  const options: TierOptions<K> = isStore(given) ? { store: given } : given
  checkOptions("tier", options, tierOptionNames)
  if (!isStore(options.store)) {
    throw invalidOption("tier", options.store, "an object with load, save and delete")
  }
  checkFunction("tier.keyOf", options.keyOf)
  const { write = "through", prefix = "", keyOf = plainName } = options
  if (write !== "through" && write !== "behind") {
    throw invalidOption("tier.write", write, '"through" or "behind"')
  }
  if (typeof prefix !== "string") throw invalidOption("tier.prefix", prefix, "a string")
  const writeDelay = toMilliseconds(options.writeDelay, "tier.writeDelay", 100)
  return {
    store: options.store,
    prefix,
    nameOf: (key) =>
      prefix +
      (typeof key === "number" && keyOf === plainName ? `#${key}` : escapeName(keyOf(key))),
    writeDelay: write === "behind" ? writeDelay : undefined,
    timeout: toMilliseconds(options.timeout, "tier.timeout", "1s"),
    writeTimeout: toMilliseconds(options.writeTimeout, "tier.writeTimeout", "30s"),
  }
}

function isStore(value: unknown): value is TierStore {
  const store = value as TierStore | null | undefined
  return (
    typeof store?.load === "function" &&
    typeof store.save === "function" &&
    typeof store.delete === "function"
  )
}

/** Names that begin with `#` are the cache's own. */
function escapeName(name: string): string {
  if (typeof name !== "string") throw invalidOption("tier.keyOf: a name", name, "a string")
  return name.startsWith("#") ? `#${name}` : name
}

function plainName(key: unknown): string {
  if (typeof key === "string") return key
  throw invalidOption("tier.keyOf", undefined, "a function, as there are keys that are no strings")
}
