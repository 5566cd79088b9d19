import { isPlainObject } from "../plain-object.ts"
import { isCollection } from "./patch.ts"

/** Levels; what is deeper most likely holds itself. */
const deepest = 1000

/** Whether a value goes deeper than a diff may follow it, as one that holds itself does. */
export function isEndless(value: unknown, levels: number = deepest): boolean {
  if (typeof value !== "object" || value === null) return false
  if (levels === 0) return true
  // Every checkpoint asks this: no function of its own for each value.
  if (Array.isArray(value) || isCollection(value)) {
    for (const inner of value) if (isEndless(inner, levels - 1)) return true
  } else if (isPlainObject(value)) {
    for (const name of Object.keys(value)) if (isEndless(value[name], levels - 1)) return true
  }
  return false
}
