import { constants } from "node:buffer"
import { PersistError } from "@persist/atomic"
import { invalidOption, optionsCheck } from "@persist/atomic/options"

/**
 * How much one value may cost to read or write, the same object for every format. The defaults are
 * safe for hostile input; what could not be read back under them is not written either.
 */
export interface Limits {
  /** Containers inside each other; `[]` is 1. YAML, whose parser recurses, allows 500 at most. @default 1_000_000 */
  readonly depth?: number | undefined
  /** Values in all: containers, elements, property values, map keys. @default 10_000_000, in YAML 1_000_000 */
  readonly nodes?: number | undefined
  /** Bytes of the encoded form, and of what a compressed or encrypted form unfolds to. @default 268_435_456 (256 MiB) */
  readonly bytes?: number | undefined
  /** UTF-16 code units of one string. @default 268_435_456 */
  readonly stringLength?: number | undefined
  /** Elements of one array, map or set, holes included. @default 10_000_000 */
  readonly arrayLength?: number | undefined
  /** Decimal digits of one BigInt. @default 100_000 */
  readonly bigintDigits?: number | undefined
  /** Whether formats that hold regular expressions may read them; a pattern can take for ever to match. @default true */
  readonly regexps?: boolean | undefined
}

/** Limits with every default filled in. */
export type ResolvedLimits = { readonly [Name in keyof Limits]-?: NonNullable<Limits[Name]> }

const defaults: ResolvedLimits = Object.freeze({
  depth: 1_000_000,
  nodes: 10_000_000,
  bytes: 268_435_456,
  stringLength: 268_435_456,
  arrayLength: 10_000_000,
  bigintDigits: 100_000,
  regexps: true,
})

const checkLimits = optionsCheck<Limits>("limits", {
  depth: true,
  nodes: true,
  bytes: true,
  stringLength: true,
  arrayLength: true,
  bigintDigits: true,
  regexps: true,
})

/** Fills in the defaults; throws `ERR_PERSIST_INVALID_OPTION` for an unknown or impossible limit. */
export function resolveLimits(limits: Limits | undefined): ResolvedLimits {
  if (limits === undefined) return defaults
  checkLimits(limits)
  const resolved = { ...defaults }
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined) continue
    if (name === "regexps") {
      if (typeof value !== "boolean") throw invalidOption("limits.regexps", value, "true or false")
    } else if (typeof value !== "number" || Number.isNaN(value) || value < 0) {
      throw invalidOption(`limits.${name}`, value, "a number from 0, or Infinity for no limit")
    }
    Object.assign(resolved, { [name]: value })
  }
  return Object.freeze(resolved)
}

/** Makes the error for a value or input past a limit. */
export function limitError(
  limit: keyof Limits,
  limits: ResolvedLimits,
  what: string,
  details?: Readonly<Record<string, unknown>>,
): PersistError {
  return new PersistError(
    "ERR_PERSIST_LIMIT",
    `${what}: more than limits.${limit} (${limits[limit]}) allows; raise it if the data is trusted.`,
    { details: { limit, allowed: limits[limit], ...details } },
  )
}

/** Makes the error for text that is longer than any string can be, whatever the limits; the bytes are whole. */
export function longestTextError(what: string): PersistError {
  const allowed = constants.MAX_STRING_LENGTH
  return new PersistError(
    "ERR_PERSIST_LIMIT",
    `${what}: more than the ${allowed} characters that a string of this engine can have; store it in parts.`,
    { details: { limit: "stringLength", allowed } },
  )
}
