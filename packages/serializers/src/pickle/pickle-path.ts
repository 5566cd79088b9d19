import type { PathSegment } from "@persist/core/values"
import type { LongList } from "./long-list.ts"

/**
 * The way from the root to `offending`, which was found in the container at `place` of the queue: every
 * step is found again by looking for the child in its parent, so that writing need not remember any.
 */
export function pathTo(
  offending: unknown,
  queue: LongList<object>,
  parents: LongList<number>,
  place: number,
): PathSegment[] {
  const path: PathSegment[] = []
  let child = offending
  for (let next = place; next >= 0; next = parents.at(next)) {
    const parent = queue.at(next)
    if (child !== parent) path.push(segmentOf(parent, child))
    child = parent
  }
  return path.reverse()
}

function segmentOf(parent: object, child: unknown): PathSegment {
  if (parent instanceof Map) {
    let index = 0
    for (const [key, value] of parent) {
      if (Object.is(value, child)) return typeof key === "string" ? key : { part: `value ${index}` }
      if (Object.is(key, child)) return { part: `key ${index}` }
      index++
    }
  }
  if (parent instanceof Set) return { part: `member ${[...parent].indexOf(child)}` }
  for (const key of Reflect.ownKeys(parent)) {
    if (!Object.is((parent as Record<PropertyKey, unknown>)[key], child)) continue
    if (typeof key === "symbol") return { part: String(key) }
    return Array.isArray(parent) && /^\d+$/.test(key) ? Number(key) : key
  }
  return { part: "inside" }
}
