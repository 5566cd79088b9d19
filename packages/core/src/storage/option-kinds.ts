import { invalidOption, optionsCheck } from "@persist/atomic/options"
import { isLogger } from "./logging.ts"

/** What the value of an option may be. */
export interface Kind {
  /** For the message of the error. */
  readonly allowed: string
  /** What `typeof` says of most values that are allowed: enough to know, on a hot path, without a call. */
  readonly type?: string
  test(value: unknown): boolean
}

/** The kind of each option; undefined is allowed everywhere. */
export type Kinds<Options> = { readonly [Name in keyof Required<Options>]: Kind }

type Names<Options> = { readonly [Name in keyof Required<Options>]: true }

function has(value: unknown, method: string): boolean {
  return typeof (value as Record<string, unknown> | null)?.[method] === "function"
}

function isSerializer(value: unknown): boolean {
  const { encode, decode } = (value ?? {}) as Record<string, unknown>
  return typeof encode === "function" && typeof decode === "function"
}

type KindName =
  | "anything"
  | "callback"
  | "fence"
  | "flag"
  | "logger"
  | "revision"
  | "serializer"
  | "serializers"
  | "signal"
  | "text"

/** The kinds of options that the operations of storages take. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  anything: { allowed: "anything", test: () => true },
  callback: {
    allowed: "a function",
    type: "function",
    test: (value) => typeof value === "function",
  },
  fence: {
    allowed: "a fencing token: a whole number from 0 to Number.MAX_SAFE_INTEGER",
    test: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  },
  flag: {
    allowed: "true or false",
    type: "boolean",
    test: (value) => typeof value === "boolean",
  },
  logger: { allowed: "an object with methods such as warn", test: isLogger },
  revision: {
    allowed: "a revision or null",
    type: "string",
    test: (value) => typeof value === "string" || value === null,
  },
  serializer: { allowed: "a Serializer, such as new JsonSerializer()", test: isSerializer },
  serializers: {
    allowed: "an array of Serializers, such as [new JsonSerializer()]",
    test: (value) => Array.isArray(value) && value.every(isSerializer),
  },
  signal: {
    allowed: "an AbortSignal",
    test: (value) => has(value, "addEventListener") && "aborted" in (value as object),
  },
  text: { allowed: "a string", type: "string", test: (value) => typeof value === "string" },
}

/**
 * Makes the check of one options object: known names, each with a value of its kind; it throws
 * `ERR_PERSIST_INVALID_OPTION`.
 */
export function valuesCheck<Options extends object>(
  owner: string,
  kinds: Kinds<Options>,
): (options: Options) => void {
  const names = Object.fromEntries(Object.keys(kinds).map((name) => [name, true]))
  const checkNames = optionsCheck<Options>(owner, names as Names<Options>)
  const kindOf = new Map<string, Kind>(Object.entries(kinds))
  // A hot path: names are looked at on their own only where something is wrong.
  return (options) => {
    const isObject = typeof options === "object" && options !== null
    if (!isObject || Object.getPrototypeOf(options) !== Object.prototype) checkNames(options)
    for (const name in options) {
      const value = options[name]
      const kind = kindOf.get(name)
      const isQuick = value === undefined || typeof value === kind?.type
      if (kind !== undefined && (isQuick || kind.test(value))) continue
      checkNames(options)
      throw invalidOption(`${owner}: ${name}`, value, kind!.allowed)
    }
  }
}
