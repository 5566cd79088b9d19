import { PersistError } from "@persist/core"
import { brief } from "@persist/core/values"

/**
 * Sets an own property whatever the prototype says: no setter runs, and `__proto__` is a name like any other.
 *
 * @throws `ERR_PERSIST_MIGRATION` when the object cannot take it, as only one that a class made can.
 */
export function setProperty(
  target: object,
  key: string | symbol,
  value: unknown,
  enumerable = true,
): void {
  const property = { value, enumerable, configurable: true, writable: true }
  if (Reflect.defineProperty(target, key, property)) return
  throw new PersistError(
    "ERR_PERSIST_MIGRATION",
    `An object that a "create" hook made cannot take the property ${brief(String(key))}; let it make one that can, or give the class a "restore".`,
  )
}
