import { seededRandom } from "../../.ci/seeded-random.ts"
import type { Load, SyncCache } from "./contenders.ts"

export const sizes = [1_000, 10_000, 100_000] as const
export const syncCells = ["hit", "update", "evicting set", "Zipf get-or-set"] as const
export type SyncCell = (typeof syncCells)[number]
/** The cell of caches that load. */
export const loadingCell = "getOrSet hit"
/** The same by a caller that waits only for a promise, as hot code can where a hit is the value itself. */
export const readyCell = "getOrSet hit, awaited only if a promise"

/**
 * Operations in one timed round: every entry is used about twice, and what happens once in so many operations, such as the
 * growth of a `Map`, happens in every round.
 */
export const operationsFor = (size: number): number => Math.max(50_000, 2 * size)

/** Rounds before the draws begin anew: a sequence that came just before would be learnt by the processor. */
const drawnRounds = 4

/** What the operations of a cell use: made once, the same in every process. */
export interface Inputs {
  /** Keys of a full cache, then as many again. */
  readonly keys: readonly string[]
  readonly value: object
  /** Which of the first `size` keys each operation uses; several rounds long. */
  readonly uniform: Uint32Array
  /** Which of five times `size` keys each operation uses, most of them few; several rounds long. */
  readonly zipf: Uint32Array
}

export function inputs(size: number, seed: number): Inputs {
  const next = seededRandom(seed)
  const universe = size * 5
  const keys = Array.from({ length: universe }, (_, index) => `user:${index}:${seed}`)
  const length = operationsFor(size) * drawnRounds
  const uniform = Uint32Array.from({ length }, () => Math.floor(next() * size))
  const cumulative = new Float64Array(universe)
  let total = 0
  for (let rank = 0; rank < universe; rank++) cumulative[rank] = total += 1 / (rank + 1)
  const place = Uint32Array.from({ length: universe }, (_, index) => index)
  for (let at = universe - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1))
    const moved = place[at]!
    place[at] = place[other]!
    place[other] = moved
  }
  const zipf = Uint32Array.from({ length }, () => place[search(cumulative, next() * total)]!)
  return { keys, value: { id: 1 }, uniform, zipf }
}

/** Fills the cache so that the cell's first operation finds what it expects, and tells where the operations begin. */
export function prepare(cell: SyncCell, cache: SyncCache, input: Inputs, size: number): number {
  if (cell === "Zipf get-or-set") return run(cell, cache, input, 0, operationsFor(size))
  for (let index = 0; index < size; index++) cache.set(input.keys[index]!, input.value)
  return cell === "evicting set" ? size : 0
}

/** `count` operations from number `from` on. Returns the number of the next. */
export function run(
  cell: SyncCell,
  cache: SyncCache,
  input: Inputs,
  from: number,
  count: number,
): number {
  const { keys, value } = input
  if (cell === "evicting set") return evict(cache, keys, value, from, count)
  const [drawn, next] = draw(cell === "Zipf get-or-set" ? input.zipf : input.uniform, from, count)
  let found = 0
  if (cell === "hit") {
    for (let at = 0; at < drawn.length; at++) {
      if (cache.get(keys[drawn[at]!]!) !== undefined) found++
    }
    if (found !== count) throw new Error(`${count - found} of ${count} hits missed.`)
  } else if (cell === "update") {
    for (let at = 0; at < drawn.length; at++) cache.set(keys[drawn[at]!]!, value)
  } else {
    for (let at = 0; at < drawn.length; at++) {
      const key = keys[drawn[at]!]!
      if (cache.get(key) === undefined) cache.set(key, value)
    }
  }
  return next
}

export async function runLoading(
  load: Load,
  { keys, uniform }: Inputs,
  from: number,
  count: number,
  always: boolean,
): Promise<number> {
  const [drawn, next] = draw(uniform, from, count)
  let found = 0
  if (always) {
    for (let at = 0; at < drawn.length; at++) {
      if ((await load(keys[drawn[at]!]!)) !== undefined) found++
    }
  } else {
    for (let at = 0; at < drawn.length; at++) {
      const value = load(keys[drawn[at]!]!)
      if ((value instanceof Promise ? await value : value) !== undefined) found++
    }
  }
  if (found !== count) throw new Error(`${count - found} of ${count} hits missed.`)
  return next
}

/** Ever further through keys of which only the last ones are held: every set evicts. */
function evict(
  cache: SyncCache,
  keys: readonly string[],
  value: object,
  from: number,
  count: number,
): number {
  let next = from
  for (let done = 0; done < count; done++) {
    cache.set(keys[next]!, value)
    if (++next === keys.length) next = 0
  }
  return next
}

/** The draws of a round, and where those of the next begin. */
function draw(draws: Uint32Array, from: number, count: number): readonly [Uint32Array, number] {
  const end = from + count
  return [draws.subarray(from, end), end + count > draws.length ? 0 : end]
}

function search(cumulative: Float64Array, value: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
