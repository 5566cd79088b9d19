import { random } from "../measure.ts"
import type { Load, SyncCache } from "./contenders.ts"

export const sizes = [1_000, 10_000, 100_000] as const
export const syncCells = ["hit", "update", "evicting set", "Zipf get-or-set"] as const
export type SyncCell = (typeof syncCells)[number]
/** The cell of caches that load. */
export const loadingCell = "getOrSet hit"
/** The same by a caller that waits only for a promise, as hot code can where a hit is the value itself. */
export const readyCell = "getOrSet hit, awaited only if a promise"

/** Operations in one timed round. */
export const operations = 50_000

/** What the operations of a cell use: made once, the same in every process. */
export interface Inputs {
  /** Keys of a full cache, then as many again. */
  readonly keys: readonly string[]
  readonly value: object
  /** Which of the first `size` keys each operation uses. */
  readonly uniform: Uint32Array
  /** Which of five times `size` keys each operation uses, most of them few. */
  readonly zipf: Uint32Array
}

export function inputs(size: number, seed: number): Inputs {
  const next = random(seed)
  const universe = size * 5
  const keys = Array.from({ length: universe }, (_, index) => `user:${index}:${seed}`)
  const uniform = Uint32Array.from({ length: operations }, () => Math.floor(next() * size))
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
  const zipf = Uint32Array.from(
    { length: operations },
    () => place[search(cumulative, next() * total)]!,
  )
  return { keys, value: { id: 1 }, uniform, zipf }
}

/** Fills the cache so that the cell's first operation finds what it expects. */
export function prepare(cell: SyncCell, cache: SyncCache, input: Inputs, size: number): void {
  const { keys, value, zipf } = input
  if (cell === "Zipf get-or-set") run(cell, cache, { ...input, zipf }, 0, operations)
  else for (let index = 0; index < size; index++) cache.set(keys[index]!, value)
}

let evictingFrom = 0

/** `count` operations. Returns something so that none is optimised away. */
export function run(
  cell: SyncCell,
  cache: SyncCache,
  input: Inputs,
  size: number,
  count: number,
): number {
  const { keys, value, uniform, zipf } = input
  let found = 0
  if (cell === "hit") {
    for (let at = 0; at < count; at++) {
      if (cache.get(keys[uniform[at]!]!) !== undefined) found++
    }
  } else if (cell === "update") {
    for (let at = 0; at < count; at++) cache.set(keys[uniform[at]!]!, value)
  } else if (cell === "evicting set") {
    // Ever further through keys that are not held: every one of them evicts.
    for (let at = 0; at < count; at++) {
      cache.set(keys[(evictingFrom + at) % keys.length]!, value)
    }
    evictingFrom = (evictingFrom + count + size) % keys.length
  } else {
    for (let at = 0; at < count; at++) {
      const key = keys[zipf[at]!]!
      if (cache.get(key) === undefined) cache.set(key, value)
      else found++
    }
  }
  return found
}

export async function runLoading(
  load: Load,
  input: Inputs,
  count: number,
  always: boolean,
): Promise<number> {
  const { keys, uniform } = input
  let found = 0
  if (!always) {
    for (let at = 0; at < count; at++) {
      const value = load(keys[uniform[at]!]!)
      if ((value instanceof Promise ? await value : value) !== undefined) found++
    }
    return found
  }
  for (let at = 0; at < count; at++) {
    if ((await load(keys[uniform[at]!]!)) !== undefined) found++
  }
  return found
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
