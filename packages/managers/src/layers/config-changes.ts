import { sameValue } from "../diff/same-value.ts"
import { isPlainObject } from "../plain-object.ts"
import type { ConfigChange } from "./config-watcher.ts"

/** What is not as it was, by dotted path. */
export function configChanges(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): ConfigChange[] {
  if (sameValue(before, after)) return []
  if (!isPlainObject(before) || !isPlainObject(after)) {
    return [{ path: path.join("."), before, after }]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => {
    const [from, to] = [before, after].map((at) => (Object.hasOwn(at, name) ? at[name] : undefined))
    return configChanges(from, to, [...path, name])
  })
}
