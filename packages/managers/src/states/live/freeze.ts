import { types } from "node:util"
import { isPlainObject } from "../../plain-object.ts"
import type { Container } from "./draft-node.ts"

/** Maps, sets and modules, which cannot be frozen themselves, of which everything inside is. */
const frozenInside = new WeakSet<object>()

/**
 * Freezes the plain objects and arrays of a value, in its maps and sets too, down to those that are
 * frozen already. Instances of classes stay as they are, and proxies, behind which something else stands.
 *
 * @returns The value itself.
 */
export function freeze<T>(value: T): T {
  freezeIn(value, undefined)
  return value
}

/** `freeze` for what comes from elsewhere: what is frozen already may be so at its top alone, as a schema's read-only object is. */
export function freezeWhole<T>(value: T): T {
  freezeIn(value, new Set())
  return value
}

/** @param seen What was frozen already and is looked into; undefined where that is not needed. */
function freezeIn(value: unknown, seen: Set<object> | undefined): void {
  if (typeof value !== "object" || value === null) return
  if (Object.isFrozen(value)) {
    if (seen === undefined || seen.has(value)) return
    seen.add(value)
  }
  if (types.isProxy(value)) return
  if (Array.isArray(value)) {
    Object.freeze(value)
    for (const item of value) freezeIn(item, seen)
  } else if (isPlainObject(value)) {
    // A module's exports cannot be frozen, nor changed from outside.
    if (types.isModuleNamespaceObject(value)) {
      if (frozenInside.has(value)) return
      frozenInside.add(value)
    } else Object.freeze(value)
    for (const name of Object.keys(value)) freezeIn(value[name], seen)
  } else if (types.isMap(value)) freezeInside(value, seen)
  else if (types.isSet(value)) freezeInside(value, seen)
}

function freezeInside(
  value: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  seen: Set<object> | undefined,
): void {
  if (frozenInside.has(value)) return
  frozenInside.add(value)
  for (const [key, member] of value.entries()) {
    freezeIn(key, seen)
    freezeIn(member, seen)
  }
}

/** Whether this is a map or set of a value that was frozen. */
export function isFrozenInside(value: object): boolean {
  return frozenInside.has(value)
}

/** A copy of a container that can be changed. */
export function unfrozen(container: Container): Container {
  if (!Array.isArray(container)) return { ...container }
  return unfrozenArray(container) as unknown as Container
}

/** Spreading takes a sixtieth of what `slice` does where something is frozen, but keeps no holes and no class. */
function unfrozenArray(array: readonly unknown[]): unknown[] {
  if (Object.getPrototypeOf(array) !== Array.prototype) return array.slice()
  const copy = [...array]
  return copy.includes(undefined) ? array.slice() : copy
}
