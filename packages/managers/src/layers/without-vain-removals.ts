import { isTooDeep } from "../configs/deepest.ts"
import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"

/**
 * `updates` without what they would remove where nothing is: an object that does no more than that would come in empty,
 * and hide or spoil what weaker layers have there. What is too deep to be written stays as it is.
 */
export function withoutVainRemovals(updates: PlainObject, current: PlainObject): PlainObject {
  return isTooDeep(updates) ? updates : kept(updates, current)
}

function kept(updates: PlainObject, current: PlainObject): PlainObject {
  const copy: PlainObject = {}
  for (const name of Object.keys(updates)) {
    const value = updates[name]
    const there = Object.hasOwn(current, name) ? current[name] : undefined
    if (value === undefined && there === undefined) continue
    const isMerged = isPlainObject(value) && Object.keys(value).length > 0
    const next = isMerged ? kept(value, isPlainObject(there) ? there : {}) : value
    if (!isMerged || Object.keys(next as PlainObject).length > 0) setOwn(copy, name, next)
  }
  return copy
}
