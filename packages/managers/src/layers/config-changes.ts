import { sameValue } from "../diff/same-value.ts"
import type { PlainObject } from "../plain-object.ts"
import type { ConfigChange } from "./config-watcher.ts"

/** What is not as it was, by dotted path. */
export function configChanges(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): ConfigChange[] {
  if (sameValue(before, after)) return []
  const isObject = (value: unknown): value is PlainObject =>
    typeof value === "object" && value !== null && !Array.isArray(value)
  if (!isObject(before) || !isObject(after)) return [{ path: path.join("."), before, after }]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => configChanges(before[name], after[name], [...path, name]))
}
