/** Sets an own property whatever the prototype says: no setter runs, and `__proto__` is a name like any other. */
export function setProperty(
  target: object,
  key: string | symbol,
  value: unknown,
  enumerable = true,
): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true })
}
