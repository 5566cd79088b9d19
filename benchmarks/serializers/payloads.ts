import { seededRandom } from "../../.ci/seeded-random.ts"

/** A graph as applications have it: 5,000 records with dates, maps, sets and owners that they share. */
export function recordGraph(seed: number): object {
  const next = seededRandom(seed)
  const below = (bound: number) => Math.floor(next() * bound)
  const users = Array.from({ length: 50 }, (_, id) => ({
    id,
    name: `user ${id}`,
    email: `user${id}@example.com`,
    since: new Date(1.6e12 + below(1e11)),
  }))
  const records = Array.from({ length: 5000 }, (_, id) => ({
    id,
    title: `Record number ${id} ${below(1e6)}`,
    score: next() * 100,
    active: next() < 0.5,
    created: new Date(1.6e12 + below(1e11)),
    updated: new Date(1.7e12 + below(1e10)),
    owner: users[below(50)],
    tags: new Set(["alpha", "beta", "gamma"].slice(below(3))),
    attributes: new Map<string, unknown>([
      ["color", "red"],
      ["size", below(10)],
      ["weight", next()],
    ]),
    address: { street: `Street ${id}`, city: `City ${id % 100}`, zip: 10_000 + id },
  }))
  return { users, records }
}

/** 12 MB of typed arrays. */
export function typedArrays(seed: number): object {
  const next = seededRandom(seed)
  return {
    doubles: new Float64Array(1_000_000).map(next),
    floats: new Float32Array(500_000).map(next),
    bytes: new Uint8Array(2_000_000).map(() => next() * 256),
  }
}

/** About 1 MB of plain JSON. */
export function plainData(seed: number): unknown[] {
  const next = seededRandom(seed)
  const below = (bound: number) => Math.floor(next() * bound)
  return Array.from({ length: 4000 }, (_, id) => ({
    id,
    name: `Item ${id}`,
    description: `A description of item ${id} that is a bit longer, and its code is ${below(1e9)}`,
    price: below(10_000) / 100,
    tags: ["first", "second", `number ${below(10)}`],
    stock: { count: below(50), warehouse: `W${below(7)}` },
    active: next() < 0.5,
    parent: null,
    category: `category ${below(20)}`,
    rating: next(),
  }))
}
