import { PersistError } from "./persist-error.ts"

type Unit = "ms" | "s" | "m" | "h" | "d" | "w"

/** A length of time: milliseconds, or a number with a unit such as `"5m"`, `"1.5h"`, `"30d"`. */
export type Duration = number | `${number}${Unit}`

const unitMilliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  d: 864e5,
  w: 6048e5,
}

/** Turns a `Duration` into milliseconds, `Infinity` included; throws `ERR_PERSIST_INVALID_OPTION`. */
export function toMilliseconds(
  given: Duration | undefined,
  option: string,
  missing?: Duration,
): number {
  const duration = given === undefined ? missing : given
  if (typeof duration === "number" && duration >= 0) return duration
  const match = typeof duration === "string" ? /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(duration) : null
  if (match) return +match[1]! * unitMilliseconds[match[2]!]!
  throw invalidOption(option, duration, 'milliseconds from 0, or such as "5m"')
}

/** Throws `ERR_PERSIST_INVALID_OPTION` unless `options` is an object with no name outside `known`. */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalidOption(`${owner}: the options`, options, "an object")
  }
  for (const name in options) {
    if (known.includes(name)) continue
    throw new PersistError(
      "ERR_PERSIST_INVALID_OPTION",
      `${owner}: unknown option "${name}"; known are ${known.join(", ")}.`,
    )
  }
}

/** Makes the error for an option whose value is not allowed. */
export function invalidOption(option: string, value: unknown, allowed: string): PersistError {
  const type = typeof value
  const shown =
    type === "string"
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? "an array"
        : type === "function"
          ? "a function"
          : type === "object" && value
            ? "an object"
            : String(value)
  return new PersistError(
    "ERR_PERSIST_INVALID_OPTION",
    `${option} is ${shown}; allowed: ${allowed}.`,
  )
}

/** Throws unless `value` can be walked through. */
export function checkIterable(option: string, value: unknown): void {
  if (typeof (value as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw invalidOption(option, value, "an iterable")
  }
}

/** Throws unless `value` is undefined or a function. */
export function checkFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw invalidOption(option, value, "a function")
  }
}
