import { types } from "node:util"
import type { PathSegment } from "@persist/core/values"

/** The step from a container to a child, which is looked for in it. */
export function segmentOf(parent: object, child: unknown): PathSegment {
  if (types.isMap(parent)) {
    let index = 0
    for (const [key, value] of parent) {
      if (Object.is(value, child)) return typeof key === "string" ? key : { part: `value ${index}` }
      if (Object.is(key, child)) return { part: `key ${index}` }
      index++
    }
  }
  if (types.isSet(parent)) return { part: `member ${[...parent].indexOf(child)}` }
  for (const key of Reflect.ownKeys(parent)) {
    if (!Object.is((parent as Record<PropertyKey, unknown>)[key], child)) continue
    if (typeof key === "symbol") return { part: String(key) }
    return Array.isArray(parent) && /^\d+$/.test(key) ? Number(key) : key
  }
  return { part: "inside" }
}
