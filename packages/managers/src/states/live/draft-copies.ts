import { isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"

/**
 * Whether a draft hands out a copy of `value`, to be compared with it afterwards: what changes itself by
 * methods, which no draft can stand in for. Instances of other classes are not copied.
 */
export function isCopied(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return (
    prototype === Map.prototype ||
    prototype === Set.prototype ||
    prototype === Date.prototype ||
    (ArrayBuffer.isView(value) && !(value instanceof DataView))
  )
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
  if (value instanceof Date) return keep(new Date(value))
  if (value instanceof Map) {
    const copy = keep(new Map())
    for (const [key, one] of value) copy.set(inner(key), inner(one))
    return copy
  }
  if (value instanceof Set) {
    const copy = keep(new Set())
    for (const one of value) copy.add(inner(one))
    return copy
  }
  // A Buffer's own slice would share its memory.
  return keep(Uint8Array.prototype.slice.call(value))
}
