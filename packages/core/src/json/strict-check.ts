import { isDeepStrictEqual } from "node:util"
import type { ResolvedLimits } from "../values/limits.ts"
import { isPlainArray, isPlainObject } from "../values/plain.ts"

// Beyond this the iterative writer takes over, so that neither this nor JSON.stringify can overflow.
const fastDepth = 500

/**
 * Whether `JSON.stringify` writes `value` without dropping or changing anything. May refuse what the
 * iterative writer then accepts, never the reverse. Hot path: one pass, no path, no allocation.
 */
export function isStrictJson(value: unknown, limits: ResolvedLimits): boolean {
  const { nodes, stringLength, arrayLength } = limits
  const depth = Math.min(limits.depth, fastDepth)
  let count = 0

  function check(value: unknown, level: number): boolean {
    if (++count > nodes) return false
    switch (typeof value) {
      case "string":
        return value.length <= stringLength
      case "number":
        return value - value === 0 && (value !== 0 || 1 / value > 0)
      case "boolean":
        return true
      case "object":
        if (value === null) return true
        if (level >= depth) return false
        return Array.isArray(value) ? checkArray(value, level + 1) : checkObject(value, level + 1)
      default:
        return false
    }
  }

  function checkArray(array: readonly unknown[], level: number): boolean {
    if (array.length > arrayLength || !isPlainArray(array)) return false
    for (let index = 0; index < array.length; index++) {
      if (!check(array[index], level)) return false
    }
    return hasOnlyElements(array)
  }

  function checkObject(object: object, level: number): boolean {
    if (!isPlainObject(object)) return false
    for (const key in object) {
      if (!check(object[key], level)) return false
    }
    return Object.getOwnPropertySymbols(object).length === 0
  }

  return check(value, 0)
}

/** Whether an array without holes has no property beside its elements. */
export function hasOnlyElements(array: readonly unknown[]): boolean {
  // A copy has the elements only; comparing with it costs a third of listing the keys.
  return array.length < 8
    ? Object.keys(array).length === array.length && Object.getOwnPropertySymbols(array).length === 0
    : isDeepStrictEqual(array, array.slice())
}
