import { isPlainObject } from "../plain-object.ts"

/** Levels that a configuration may have: none is so deep, and what goes through one keeps within the stack. */
export const deepest = 1000

/** Levels of a value that is written, and of the path to it: what comes of them can be read again. */
export const deepestWritten: number = deepest / 2

/** Whether `value` has more levels than a configuration may have, as one that holds itself. */
export function isTooDeep(value: unknown): boolean {
  return typeof value === "object" && value !== null && isDeeper(value, deepest)
}

/** Hot path: every configuration that is read goes through it, and most of what is in one are no containers. */
function isDeeper(container: object, levels: number): boolean {
  if (!Array.isArray(container) && !isPlainObject(container)) return false
  if (levels === 0) return true
  for (const inner of Array.isArray(container) ? container : Object.values(container)) {
    if (typeof inner === "object" && inner !== null && isDeeper(inner, levels - 1)) return true
  }
  return false
}
