import { isNativeError } from "node:util/types"
import { describeValue } from "@persist/core/values"
import { errorClasses } from "./format.ts"
import { Problem } from "./problem.ts"

/** What an error is made of, beside its enumerable properties. */
export interface ErrorParts {
  /** The nearest built-in class. */
  readonly base: string
  /** Properties that are not enumerable, such as message, stack, cause and errors. */
  readonly hidden: readonly (readonly [key: string, value: unknown])[]
}

// The order in which engines list them differs; in files it does not.
const firstKeys = ["message", "stack", "cause", "errors"]

/** Takes an error apart; throws a `Problem` when `value` is none. A registered class knows its name itself. */
export function errorParts(value: object, isRegistered = false): ErrorParts {
  if (!isError(value))
    throw new Problem(`is ${describeValue(value)}, whose class is not registered`)
  const [base, steps] = nearestBase(value)
  const hidden: [string, unknown][] = []
  const name = nameToKeep(value, base, isRegistered ? 0 : steps)
  if (name !== undefined) hidden.push(["name", name])
  // The message of a DOMException is none of its own properties.
  if (steps > 0 && !Object.hasOwn(value, "message") && value.message !== "")
    hidden.push(["message", value.message])
  for (const key of new Set([...firstKeys, ...Object.getOwnPropertyNames(value)])) {
    const descriptor = readDescriptor(value, key)
    if (key === "name" || descriptor === undefined || descriptor.enumerable) continue
    hidden.push([key, (value as unknown as Record<string, unknown>)[key]])
  }
  return { base, hidden }
}

/** Node 22.18 does not count a DOMException among the native errors. */
function isError(value: object): value is Error {
  return isNativeError(value) || value instanceof DOMException
}

/** The stack is written when it is first read, by way of `toString`, which may be the error's own and fail. */
function readDescriptor(error: object, key: string): PropertyDescriptor | undefined {
  try {
    return Object.getOwnPropertyDescriptor(error, key)
  } catch {
    return undefined
  }
}

function nearestBase(error: object): [base: string, steps: number] {
  let steps = 0
  for (
    let prototype = Object.getPrototypeOf(error);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, made] of errorClasses) {
      if (made.prototype === prototype || isForeign(prototype, name)) return [name, steps]
    }
    steps++
  }
  return ["Error", steps]
}

/** Whether `prototype` is that of the built-in class `name` in another realm, such as a vm context. */
function isForeign(prototype: object, name: string): boolean {
  const own = (key: string) => Object.getOwnPropertyDescriptor(prototype, key)?.value
  return own("name") === name && own("message") === "" && own("constructor")?.name === name
}

/** The name of a subclass, which comes back as its nearest built-in class, is kept on the error itself. */
function nameToKeep(error: Error, base: string, steps: number): unknown {
  const own = Object.getOwnPropertyDescriptor(error, "name")
  if (own !== undefined) return own.enumerable ? undefined : error.name
  if (steps === 0) return undefined
  if (error.name !== base) return error.name
  return error.constructor.name || base
}
