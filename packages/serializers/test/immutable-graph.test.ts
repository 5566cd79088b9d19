import fc from "fast-check"
import { expect, test } from "vitest"
import { PickleSerializer } from "../src/pickle/index.ts"
import { failure } from "./failure.ts"
import { difference } from "./same-graph.ts"

/** Made whole, and never filled. */
class Fixed {
  readonly held: unknown
  constructor(held: unknown) {
    this.held = held
    Object.freeze(this)
  }
}

class Filled {
  held: unknown
}

const pickle = new PickleSerializer<unknown>({
  classes: [
    {
      class: Fixed,
      name: "Fixed",
      revive: ({ held }) => new Fixed(held),
    },
    {
      class: Filled,
      name: "Filled",
      restore: (filled, { held }) => {
        ;(filled as Filled).held = held
      },
    },
  ],
})

const kinds = ["object", "list", "map", "set", "error", "filled", "fixed", "fixed", "date"] as const
const node = fc.record({
  kind: fc.constantFrom(...kinds),
  edges: fc.array(fc.nat(), { maxLength: 4 }),
  isEarly: fc.boolean(),
})

/** Graphs in which what is made whole holds what was there before it, and the others hold anything. */
const graphs = fc.array(node, { minLength: 1, maxLength: 14, size: "max" }).map((nodes) => {
  const made: object[] = []
  for (const { kind, edges } of nodes) {
    const before = edges.filter(() => made.length > 0).map((edge) => made[edge % made.length])
    if (kind === "fixed") made.push(new Fixed(before.length === 1 ? before[0] : before))
    else if (kind === "list") made.push([])
    else if (kind === "map") made.push(new Map())
    else if (kind === "set") made.push(new Set())
    else if (kind === "error") made.push(new Error("made", { cause: before[0] }))
    else if (kind === "filled") made.push(new Filled())
    else made.push(kind === "date" ? new Date(made.length) : {})
  }
  for (const [index, { kind, edges, isEarly }] of nodes.entries()) {
    const limit = isEarly ? Math.max(index, 1) : made.length
    for (const [place, edge] of edges.entries())
      connect(made[index]!, kind, place, made[edge % limit]!)
  }
  return [...made].reverse()
})

function connect(
  container: object,
  kind: (typeof kinds)[number],
  place: number,
  value: object,
): void {
  if (kind === "list") (container as unknown[]).push(value)
  else if (kind === "map")
    (container as Map<unknown, unknown>).set(place % 2 ? value : place, place % 2 ? place : value)
  else if (kind === "set") (container as Set<unknown>).add(value)
  else if (kind === "filled") (container as Filled).held = value
  else if (kind === "object" || kind === "error") Object.assign(container, { [`p${place}`]: value })
}

function childrenOf(container: unknown): unknown[] {
  if (container instanceof Map) return [...container].flat()
  if (container instanceof Set || Array.isArray(container)) return [...container]
  if (typeof container !== "object" || container === null) return []
  return [...Object.values(container), (container as Error).cause]
}

/** By the plainest of searches. */
function holdsItself(fixed: Fixed): boolean {
  const seen = new Set<unknown>()
  const left = childrenOf(fixed)
  while (left.length > 0) {
    const next = left.pop()
    if (next === fixed) return true
    if (seen.has(next)) continue
    seen.add(next)
    left.push(...childrenOf(next))
  }
  return false
}

test("a graph comes back as it was, or one that is made from its state leads back to itself", () => {
  const outcomes = { kept: 0, refused: 0 }
  fc.assert(
    fc.property(graphs, (graph) => {
      if (graph.some((one) => one instanceof Fixed && holdsItself(one))) {
        outcomes.refused++
        expect(failure(() => pickle.encode(graph)).code).toBe("ERR_PERSIST_ENCODE")
        return
      }
      outcomes.kept++
      const bytes = pickle.encode(graph)
      const back = pickle.decode(bytes)
      expect(difference(back, graph)).toBe(undefined)
      expect(pickle.encode(back)).toEqual(bytes)
    }),
    { numRuns: 3000 },
  )
  expect(outcomes.kept).toBeGreaterThan(500)
  expect(outcomes.refused).toBeGreaterThan(100)
})
