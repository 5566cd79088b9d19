import type { ResolvedLimits } from "../values/limits.ts"
import { isPlainArray, isPlainObject } from "../values/plain.ts"
import { hasOnlyElements } from "./only-elements.ts"

// Beyond this the iterative writer takes over, so that neither this nor JSON.stringify can overflow.
const fastDepth = 500

/**
 * Whether `JSON.stringify` writes `value` without dropping or changing anything, also by a hidden
 * `toJSON`. May refuse what the iterative writer then accepts, never the reverse. Hot path: primitives are told apart in place, nodes
 * are counted by container, and no path is kept; all of it takes a third of what JSON.stringify does.
 */
export function isStrictJson(value: unknown, limits: ResolvedLimits): boolean {
  const { nodes, stringLength, arrayLength } = limits
  const depth = Math.min(limits.depth, fastDepth)
  let count = 0

  function checkContainer(container: object, level: number): boolean {
    if (level >= depth) return false
    return Array.isArray(container)
      ? checkArray(container, level + 1)
      : checkObject(container, level + 1)
  }

  function checkArray(array: readonly unknown[], level: number): boolean {
    const { length } = array
    count += length
    if (length > arrayLength || count > nodes || !isPlainArray(array)) return false
    for (let index = 0; index < length; index++) {
      const value = array[index]
      if (typeof value === "string") {
        if (value.length > stringLength) return false
      } else if (typeof value === "number") {
        if (!isJsonNumber(value)) return false
      } else if (value !== null && typeof value !== "boolean") {
        if (typeof value !== "object" || !checkContainer(value, level)) return false
      }
    }
    return !("toJSON" in array) && hasOnlyElements(array)
  }

  function checkObject(object: object, level: number): boolean {
    if (!isPlainObject(object)) return false
    for (const key in object) {
      const value = object[key]
      if (++count > nodes || key.length > stringLength) return false
      if (typeof value === "string") {
        if (value.length > stringLength) return false
      } else if (typeof value === "number") {
        if (!isJsonNumber(value)) return false
      } else if (value !== null && typeof value !== "boolean") {
        if (typeof value !== "object" || !checkContainer(value, level)) return false
      }
    }
    return !("toJSON" in object) && Object.getOwnPropertySymbols(object).length === 0
  }

  // The list around the value is no part of it.
  return arrayLength > 0 && checkArray([value], 0)
}

/** Whether JSON holds the number: not NaN, not infinite, not -0. */
function isJsonNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0)
}
