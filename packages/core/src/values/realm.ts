import { types } from "node:util"
import { isRootPrototype } from "./plain.ts"

const { getOwnPropertyDescriptor, getPrototypeOf } = Object

/** The prototype of dates, also while a test has replaced the clock, and with it `Date`. */
export const datePrototype: object = Date.prototype

const kinds: readonly (readonly [is: (value: unknown) => boolean, prototype: object])[] = [
  [types.isDate, datePrototype],
  [types.isMap, Map.prototype],
  [types.isSet, Set.prototype],
  [types.isRegExp, RegExp.prototype],
  [types.isDataView, DataView.prototype],
  [types.isArrayBuffer, ArrayBuffer.prototype],
  [types.isNumberObject, Number.prototype],
  [types.isStringObject, String.prototype],
  [types.isBooleanObject, Boolean.prototype],
  [types.isBigIntObject, BigInt.prototype],
  [types.isSymbolObject, Symbol.prototype],
]

const typedArrayTag = getOwnPropertyDescriptor(
  getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as () => string

/**
 * The prototype that an instance of a built-in class would have here, when it is one of another realm (a
 * vm context, a test runner's), or a date of a fake clock. None for instances of subclasses, which are more.
 */
export function homePrototype(value: object): object | undefined {
  const prototype: object | null = getPrototypeOf(value)
  if (prototype === null) return undefined
  const home = types.isTypedArray(value)
    ? prototypeOfViews(typedArrayTag.call(value))
    : kinds.find(([is]) => is(value))?.[1]
  if (home === undefined) return undefined
  if (home === datePrototype && isOfFakeClock(value, prototype)) return home
  return isNamedAs(prototype, home) ? home : undefined
}

function prototypeOfViews(name: string): object | undefined {
  return (globalThis as unknown as Record<string, { readonly prototype: object } | undefined>)[name]
    ?.prototype
}

/** Whether `prototype` is that of the same class as `home`, of any realm. */
function isNamedAs(prototype: object, home: object): boolean {
  const made = constructorOf(prototype)
  if (made === undefined || made.name !== constructorOf(home)?.name) return false
  // Typed arrays have one between theirs and that of all objects.
  let above: object | null = getPrototypeOf(prototype)
  if (above !== null && Object.hasOwn(prototype, "BYTES_PER_ELEMENT")) above = getPrototypeOf(above)
  return above !== null && isRootPrototype(above)
}

/** Whether a date was made by what stands in for `Date`, or stood in and says that it is `Date` all the same. */
function isOfFakeClock(date: object, prototype: object): boolean {
  if (prototype === Date.prototype) return true
  const above = getPrototypeOf(prototype)
  return (
    above !== null &&
    constructorOf(date) === constructorOf(above) &&
    isNamedAs(above, datePrototype)
  )
}

function constructorOf(object: object): { readonly name: string } | undefined {
  const made: unknown = getOwnPropertyDescriptor(object, "constructor")?.value
  return typeof made === "function" ? made : undefined
}
