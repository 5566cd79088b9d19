import { PersistError } from "./persist-error.ts"

export { toPath } from "./files/to-path.ts"
export { PersistError }

type Unit = "ms" | "s" | "m" | "h" | "d" | "w"

/** A length of time: milliseconds, or a number with a unit such as `"5m"`, `"1.5h"`, `"30d"`. */
export type Duration = number | `${number}${Unit}`

const unitMilliseconds: Readonly<Record<Unit, number>> = Object.freeze({
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
})

/** The most milliseconds that a timer of Node's waits; one told to wait longer fires at once. */
export const longestTimer: number = 2 ** 31 - 1

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/

/**
 * Turns a `Duration` into milliseconds.
 *
 * @throws `ERR_PERSIST_INVALID_OPTION` when it is negative, not a number, or has no known unit.
 */
export function toMilliseconds(duration: Duration, option: string): number {
  if (typeof duration === "number" && duration >= 0) return duration
  const match = typeof duration === "string" ? durationPattern.exec(duration) : null
  if (match) return Number(match[1]) * unitMilliseconds[match[2] as Unit]
  throw new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `${option} is ${describe(duration)}; give milliseconds (0 or more) or a string such as "5m" (ms, s, m, h, d, w).`,
  )
}

/**
 * Makes the check of one options object: it throws `ERR_PERSIST_INVALID_OPTION`
 * for anything but an object and for every name that is not in `names`.
 *
 * Whatever has options makes one as it is loaded, so a Node that is too old is told here, not by the first save.
 *
 * @throws `ERR_PERSIST_UNSUPPORTED` before Node 22.
 */
export function optionsCheck<Options extends object>(
  owner: string,
  names: { readonly [Name in keyof Required<Options>]: true },
): (options: Options | undefined) => void {
  if (Promise.withResolvers === undefined) {
    throw new PersistError(
      "ERR_PERSIST_UNSUPPORTED",
      `@persist needs Node 22.18 or newer, and this is Node ${process.versions.node}; install a newer one.`,
    )
  }
  const known: ReadonlySet<string> = new Set(Object.keys(names))
  const refused = (reason: string) =>
    new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `${owner}: ${reason} ${[...known].sort().join(", ")}.`,
    )
  const wrongObject = (what: string) =>
    refused(`the options are ${what}; give a plain object with any of`)
  return (options) => {
    if (options === undefined) return
    if (typeof options !== "object" || options === null || isBuiltIn(options)) {
      // A string may be an address with its password, or a key.
      const what = typeof options === "string" ? "a string" : describe(options)
      throw wrongObject(what)
    }
    for (const name in options) {
      if (known.has(name)) continue
      // A storage, say, in place of { storage }.
      const kind = Object.getPrototypeOf(options)?.constructor?.name ?? "Object"
      if (kind === "Object") throw refused(`unknown option "${name}"; known are`)
      throw wrongObject(`a ${kind} with "${name}"`)
    }
  }
}

/** Whether it is a list, a map, a promise or the like, whose content is no option. Hot path: most have the plain prototype. */
function isBuiltIn(options: object): boolean {
  if (Object.getPrototypeOf(options) === Object.prototype) return false
  return !["Object", "Module"].includes(kindOf(options))
}

/** Makes the error for an option whose value is not allowed. */
export function invalidOption(option: string, value: unknown, allowed: string): PersistError {
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `${option} is ${describe(value)}; allowed: ${allowed}.`,
  )
}

/** Throws `ERR_PERSIST_ABORTED`, the signal's reason as `cause`, when `signal` has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw abortedError(signal, what)
}

/** Makes the error for work that `signal` ended. */
export function abortedError(signal: AbortSignal, what: string): PersistError {
  return new PersistError("ERR_PERSIST_ABORTED", `${what} was aborted by the caller's signal.`, {
    cause: signal.reason,
  })
}

/** `"Map"`, `"Promise"`; of plain objects and instances of classes `"Object"`. */
function kindOf(object: object): string {
  return Object.prototype.toString.call(object).slice(8, -1)
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "object" && value !== null) {
    if (Array.isArray(value)) return "an array"
    const kind = kindOf(value)
    return kind === "Object" ? "an object" : `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`
  }
  if (typeof value === "function") return "a function"
  return String(value)
}
