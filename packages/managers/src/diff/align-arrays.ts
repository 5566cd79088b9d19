import { isPlainObject } from "../plain-object.ts"
import { longestIncreasing } from "./longest-increasing.ts"
import { sameValue } from "./same-value.ts"

/** Indices of what belongs together; one side is undefined for what was added or removed. */
export type Pair =
  | readonly [before: number, after: number | undefined]
  | readonly [before: undefined, after: number]

/** How `alignArrays` lines up. */
export interface AlignStyle {
  /** Items that took the place of others belong to them, even if they are other ones by their identity. @default false */
  readonly inPlace?: boolean
  /** Finds equal items of which there are several, such as `commonItems`; not asked with `inPlace`. @default None are looked for */
  readonly repeated?: (
    before: readonly unknown[],
    after: readonly unknown[],
  ) => [before: number, after: number][]
}

/**
 * Lines two arrays up: what they begin and end with alike, then items with the same identity (an
 * `id`, `_id`, `key` or `name`, else the value itself) as far as they kept their order, then equal ones
 * of which there are several, then what stands in the same place between those.
 */
export function* alignArrays(
  before: readonly unknown[],
  after: readonly unknown[],
  { inPlace = false, repeated }: AlignStyle = {},
): Generator<Pair, void, undefined> {
  const limit = Math.min(before.length, after.length)
  let start = 0
  while (start < limit && sameValue(before[start], after[start])) start++
  let end = 0
  while (end < limit - start && sameValue(before.at(-1 - end), after.at(-1 - end))) end++
  for (let index = 0; index < start; index++) yield [index, index]
  let [left, right] = [start, start]
  const ends: [number, number] = [before.length - end, after.length - end]
  const places = placesOf(before, start, ends[0])
  const pairs: [number, number][] = [...matches(places, after, start, ends[1]), ends]
  const isAsked = repeated !== undefined && !inPlace && places.size < ends[0] - start
  const all = isAsked ? withRepeated(before, after, start, pairs, repeated) : pairs
  for (const [from, to] of all) {
    const isSame = inPlace && from - left === to - right
    yield* between(before, after, [left, from], [right, to], isSame)
    if (from < ends[0]) yield [from, to]
    left = from + 1
    right = to + 1
  }
  for (let index = 0; index < end; index++) yield [ends[0] + index, ends[1] + index]
}

/** Where each identity stands; one that occurs twice identifies nothing. */
function placesOf(items: readonly unknown[], start: number, end: number) {
  const places = new Map<string, number | undefined>()
  for (let index = start; index < end; index++) {
    const identity = identityOf(items[index])
    if (identity !== undefined) places.set(identity, places.has(identity) ? undefined : index)
  }
  return places
}

function matches(
  places: Map<string, number | undefined>,
  after: readonly unknown[],
  start: number,
  end: number,
): [number, number][] {
  const pairs: [number, number][] = []
  for (let index = start; index < end; index++) {
    const identity = identityOf(after[index])
    const place = identity === undefined ? undefined : places.get(identity)
    if (place === undefined) continue
    pairs.push([place, index])
    places.delete(identity!)
  }
  return longestIncreasing(pairs, ([place]) => place)
}

/** `pairs`, and before each of them what is equal of the items since the last one; what occurs once is paired already. */
function withRepeated(
  before: readonly unknown[],
  after: readonly unknown[],
  start: number,
  pairs: readonly [number, number][],
  repeated: NonNullable<AlignStyle["repeated"]>,
): [number, number][] {
  let [left, right] = [start, start]
  return pairs.flatMap(([from, to]) => {
    const common =
      (from - left) * (to - right) > 1
        ? repeated(before.slice(left, from), after.slice(right, to))
        : []
    const found = common.map(([a, b]): [number, number] => [left + a, right + b])
    left = from + 1
    right = to + 1
    return [...found, [from, to]]
  })
}

function* between(
  before: readonly unknown[],
  after: readonly unknown[],
  [left, leftEnd]: readonly [number, number],
  [right, rightEnd]: readonly [number, number],
  isInPlace: boolean,
): Generator<Pair, void, undefined> {
  let [from, to] = [left, right]
  while (from < leftEnd && to < rightEnd) {
    const related = isInPlace || areRelated(before[from], after[to])
    if (related) yield [from++, to++]
    else {
      yield [from++, undefined]
      yield [undefined, to++]
    }
  }
  while (from < leftEnd) yield [from++, undefined]
  while (to < rightEnd) yield [undefined, to++]
}

function areRelated(before: unknown, after: unknown): boolean {
  if (!isPlainObject(before) || !isPlainObject(after)) return true
  const [one, other] = [keyOf(before), keyOf(after)]
  return one === undefined || other === undefined || one === other
}

function identityOf(item: unknown): string | undefined {
  if (isPlainObject(item)) {
    const key = keyOf(item)
    if (key !== undefined) return key
  }
  const text = textOf(item)
  return text === undefined ? undefined : `value:${text}`
}

/** The value of an item as JSON; undefined for what has none. */
export function textOf(item: unknown): string | undefined {
  try {
    return JSON.stringify(item)
  } catch {
    return undefined
  }
}

function keyOf(item: Record<string, unknown>): string | undefined {
  for (const name of ["id", "_id", "key", "name"]) {
    const value = item[name]
    if (typeof value === "string" || typeof value === "number") {
      return `${name}:${typeof value}:${value}`
    }
  }
  return undefined
}
