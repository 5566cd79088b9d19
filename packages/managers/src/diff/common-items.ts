import { textOf } from "./align-arrays.ts"

/** Additions and removals to look for at most: the time is their number times the length. */
const mostEdits = 100

/**
 * Places of items that stand in both lists in the same order, as many as there can be, by their values; Myers'
 * algorithm (1986), O(ND).
 *
 * @returns None where more than a hundred items were added or removed.
 */
export function commonItems(
  before: readonly unknown[],
  after: readonly unknown[],
): [before: number, after: number][] {
  if (Math.abs(before.length - after.length) > mostEdits) return []
  const numbers = new Map<unknown, number>()
  const a = before.map((item) => numberOf(item, numbers))
  const b = after.map((item) => numberOf(item, numbers))
  const most = Math.min(mostEdits, a.length + b.length)
  const origin = most + 1
  const furthest = new Int32Array(2 * origin + 1)
  const rounds: Int32Array[] = []
  for (let edits = 0; edits <= most; edits++) {
    rounds.push(furthest.slice())
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const isAdded = comesByAddition(furthest, origin + diagonal, diagonal, edits)
      let from = furthest[origin + diagonal + (isAdded ? 1 : -1)]! + (isAdded ? 0 : 1)
      while (from < a.length && from - diagonal < b.length && a[from] === b[from - diagonal]) from++
      furthest[origin + diagonal] = from
      if (from >= a.length && from - diagonal >= b.length) {
        return wayBack(rounds, origin, a.length, b.length)
      }
    }
  }
  return []
}

/** The same number for what has the same text; what has none is like no other. */
function numberOf(item: unknown, numbers: Map<unknown, number>): number {
  const key = textOf(item) ?? {}
  const known = numbers.get(key) ?? numbers.size
  numbers.set(key, known)
  return known
}

/** Whether the furthest way to a diagonal comes from the one above it. */
function comesByAddition(
  furthest: Int32Array,
  place: number,
  diagonal: number,
  edits: number,
): boolean {
  if (diagonal === -edits) return true
  return diagonal !== edits && furthest[place - 1]! < furthest[place + 1]!
}

function wayBack(
  rounds: readonly Int32Array[],
  origin: number,
  beforeEnd: number,
  afterEnd: number,
): [number, number][] {
  const pairs: [number, number][] = []
  let [from, to] = [beforeEnd, afterEnd]
  for (let edits = rounds.length - 1; edits >= 0; edits--) {
    const furthest = rounds[edits]!
    const diagonal = from - to
    const isAdded = comesByAddition(furthest, origin + diagonal, diagonal, edits)
    const previous = diagonal + (isAdded ? 1 : -1)
    const start = edits === 0 ? 0 : furthest[origin + previous]!
    while (from > start && to > (edits === 0 ? 0 : start - previous)) pairs.push([--from, --to])
    ;[from, to] = [start, start - previous]
  }
  return pairs.reverse()
}
