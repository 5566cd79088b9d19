import { types } from "node:util"
import { homePrototype } from "@persist/core/values"
import { isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"

// Not that of a fake clock: its dates have a property of their own.
const RealDate = Date
const { getTime } = Date.prototype

/**
 * Whether a draft hands out a copy of `value`, to be compared with it afterwards: what changes itself by
 * methods, which no draft can stand in for; from any realm, and dates of any clock. Instances of other
 * classes are not copied.
 */
export function isCopied(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false
  if (types.isMap(value) || types.isSet(value) || types.isDate(value))
    return homePrototype(value) !== undefined
  return types.isTypedArray(value)
}

/** A copy of such a value, with all plain data in it; instances of classes stay themselves. */
export function copyOf(value: unknown, copies: Map<unknown, unknown> = new Map()): unknown {
  if (copies.has(value)) return copies.get(value)
  const keep = <T>(copy: T): T => {
    copies.set(value, copy)
    return copy
  }
  const inner = (one: unknown) => copyOf(one, copies)
  if (Array.isArray(value)) {
    const copy = keep<unknown[]>([])
    for (const one of value) copy.push(inner(one))
    return copy
  }
  if (isPlainObject(value)) {
    const copy = keep<PlainObject>({})
    for (const name of Object.keys(value)) setOwn(copy, name, inner(value[name]))
    return copy
  }
  if (!isCopied(value)) return value
  if (types.isDate(value)) return keep(alike(new RealDate(getTime.call(value)), value))
  if (types.isMap(value)) {
    const copy = keep(alike(new Map(), value))
    for (const [key, one] of value) copy.set(inner(key), inner(one))
    return copy
  }
  if (types.isSet(value)) {
    const copy = keep(alike(new Set(), value))
    for (const one of value) copy.add(inner(one))
    return copy
  }
  // A Buffer's own slice would share its memory.
  return keep(Uint8Array.prototype.slice.call(value))
}

/** Gives a copy the prototype and the properties of `value`, without which the two would not be equal. */
function alike<T extends object>(copy: T, value: object): T {
  const prototype = Object.getPrototypeOf(value)
  if (Object.getPrototypeOf(copy) !== prototype) Object.setPrototypeOf(copy, prototype)
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(value))
}
