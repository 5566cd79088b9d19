import { isPlainObject } from "../plain-object.ts"

/** Levels that a configuration may have: none is so deep, and what goes through one keeps within the stack. */
export const deepest = 1000

/** Levels of a value that is written, and of the path to it: what comes of them can be read again. */
export const deepestWritten: number = deepest / 2

/** Whether `value` has more levels than a configuration may have, as one that holds itself. */
export function isTooDeep(value: unknown, levels: number = deepest): boolean {
  if (Array.isArray(value)) return levels === 0 || value.some((item) => isTooDeep(item, levels - 1))
  if (!isPlainObject(value)) return false
  if (levels === 0) return true
  for (const name in value) if (isTooDeep(value[name], levels - 1)) return true
  return false
}
