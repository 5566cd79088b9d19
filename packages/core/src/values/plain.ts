import { types } from "node:util"
import { brief } from "./brief.ts"

const { getPrototypeOf, hasOwn } = Object
// A class may happen to have one of them, but only the prototype of a realm has all.
const rootMethods = ["hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString"]

/**
 * Whether `value` is what an object literal makes, in this realm or another: its prototype is an
 * `Object.prototype`. An object without a prototype is not, since most formats bring it back with one.
 */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = getPrototypeOf(value)
  return prototype === Object.prototype || (prototype !== null && isRootPrototype(prototype))
}

/** Whether `prototype` is the `Object.prototype` of this realm or another. */
export function isRootPrototype(prototype: object): boolean {
  return getPrototypeOf(prototype) === null && rootMethods.every((name) => hasOwn(prototype, name))
}

/** Whether `array` has an array's prototype, in this realm or another, and so no class of its own. */
export function isPlainArray(array: readonly unknown[]): boolean {
  const prototype = getPrototypeOf(array)
  return prototype === Array.prototype || (Array.isArray(prototype) && hasOwn(prototype, "flatMap"))
}

/** Names what a value is, for messages: `a Map`, `NaN`, `a function`. */
export function describeValue(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "undefined") return "undefined"
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
  if (typeof value === "bigint") return `the BigInt ${String(value).slice(0, 30)}n`
  if (typeof value === "function") return "a function"
  if (typeof value === "symbol") return `the ${brief(String(value))}`
  if (typeof value === "string") return "a string"
  if (value instanceof Date && Number.isNaN(value.getTime())) return "an invalid Date"
  if (types.isPromise(value)) return "a Promise (is an await missing?)"
  const name = className(value)
  return name === undefined ? "an object without a prototype" : `an instance of ${brief(name)}`
}

/** The name of an object's class, without calling anything of its own. */
export function className(value: object): string | undefined {
  const prototype = getPrototypeOf(value)
  if (prototype === null) return undefined
  const maker = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value
  if (typeof maker !== "function") return "Object"
  // A static property may be anything.
  const name: unknown = maker.name
  return typeof name === "string" && name !== "" ? name : "an unnamed class"
}

/**
 * Sets a property as an object's own, whatever all objects inherit: `__proto__` is a name like any other, no
 * setter runs, and a frozen prototype is in nobody's way.
 */
export function setOwn(target: object, key: string, value: unknown): void {
  if (!(key in Object.prototype)) (target as Record<string, unknown>)[key] = value
  else {
    const property = { value, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(target, key, property)
  }
}
