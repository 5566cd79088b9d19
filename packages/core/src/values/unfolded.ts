import type { ResolvedLimits } from "./limits.ts"

interface Frame {
  readonly container: object
  readonly children: Iterator<unknown>
  size: number
}

/**
 * Which limit `root` goes beyond when an object counts again wherever it is referred to, as trees write
 * it; a value takes a byte at least. Costs a visit to every object: forty lists that each hold the one
 * before twice are forty, not the billions that they unfold to. What refers back to itself counts once.
 * Getters that make an object each may go on for ever, so depth and visits are bounded too.
 */
export function unfoldedLimit(
  root: unknown,
  { nodes, bytes, depth }: ResolvedLimits,
): "nodes" | "bytes" | "depth" | undefined {
  const most = Math.min(nodes, bytes)
  const beyond = nodes <= bytes ? "nodes" : "bytes"
  let visits = 0
  const sizes = new Map<object, number>()
  const stack: Frame[] = [{ container: [root], children: [root].values(), size: 0 }]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const next = frame.children.next()
    if (next.done) {
      stack.pop()
      sizes.set(frame.container, frame.size)
      const parent = stack.at(-1)
      if (parent !== undefined) parent.size += frame.size
    } else {
      frame.size++
      if (++visits > most) return beyond
      const child = next.value
      if (typeof child === "object" && child !== null) {
        const known = sizes.get(child)
        if (known !== undefined) frame.size += known
        else {
          sizes.set(child, 0)
          stack.push({ container: child, children: childrenOf(child), size: 0 })
          // The list around the root and a leaf without children are no levels.
          if (stack.length > depth + 2) return "depth"
        }
      }
    }
    if (frame.size > most) return beyond
  }
  return undefined
}

function childrenOf(container: object): Iterator<unknown> {
  if (Array.isArray(container) || container instanceof Set) return container.values()
  if (container instanceof Map) return pairsOf(container)
  return ArrayBuffer.isView(container) ? [].values() : Object.values(container).values()
}

function* pairsOf(map: ReadonlyMap<unknown, unknown>): Generator<unknown> {
  for (const pair of map) yield* pair
}
