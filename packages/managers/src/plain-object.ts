/** An object of the kind that `{}` and `JSON.parse` make. */
export type PlainObject = Record<string, unknown>

/** Whether `value` is a plain object: no array, no class instance; from any realm. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** What `change` makes of the items or members of `value`, in a container of its kind; other values stay. */
export function mapInside(
  value: unknown,
  change: (inner: unknown, name: string) => unknown,
): unknown {
  if (Array.isArray(value)) return value.map((item, index) => change(item, String(index)))
  if (!isPlainObject(value)) return value
  const result: PlainObject = {}
  for (const name of Object.keys(value)) setOwn(result, name, change(value[name], name))
  return result
}

/** A copy of plain data in which nothing is shared with it, nor within; what is no plain data stays. */
export function copyPlain(value: unknown): unknown {
  return mapInside(value, copyPlain)
}

/** Sets an own property, `__proto__` included, which plain assignment would lose. */
export function setOwn(target: PlainObject, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else target[name] = value
}
