/** An object of the kind that `{}` and `JSON.parse` make. */
export type PlainObject = Record<string, unknown>

/** Whether `value` is a plain object: no array, no class instance; from any realm. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
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
