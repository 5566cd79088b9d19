/** A piece of text that stands in two texts. */
export interface CommonRun {
  readonly before: number
  readonly after: number
  /** Code units. */
  readonly length: number
}

/** Pieces are found by blocks of so many code units, of which one lies whole in the piece. */
const block = 32

/** Code units; where a shorter piece stays, one operation is smaller than two. */
const shortest = 64

/** Operations on one text at most: each copies it when it is applied. */
const most = 64

/** Places at which nothing is found before the rest counts as new: bounds the time. */
const mostMisses = 1 << 16

/** The pieces that stand in both texts in the same order, of those that were found; after rsync's algorithm. */
export function commonRuns(before: string, after: string): CommonRun[] {
  if (before.length < shortest || after.length < shortest) return []
  const places = blocksOf(before)
  const runs: CommonRun[] = []
  let [at, end, misses] = [0, 0, 0]
  let hash = hashAt(after, 0)
  while (at + block <= after.length && runs.length < most && misses < mostMisses) {
    const place = places.get(hash & small)
    const run = place === undefined ? undefined : runAround(before, place, after, at, end)
    if (run !== undefined && run.length >= shortest) {
      runs.push(run)
      end = run.after + run.length
      // A pair that was cut off may end it before its block does.
      at = Math.max(end, at + 1)
      hash = hashAt(after, at)
    } else {
      hash = hashAfter(hash, after, at)
      at++
      misses++
    }
  }
  return heaviest(runs)
}

/** The places of blocks by their hashes; what occurs twice tells no place. */
function blocksOf(text: string): ReadonlyMap<number, number | undefined> {
  const places = new Map<number, number | undefined>()
  for (let at = 0; at + block <= text.length; at += block) {
    const hash = hashAt(text, at) & small
    places.set(hash, places.has(hash) ? undefined : at)
  }
  return places
}

/** Numbers that a Map finds without an object of their own. */
const small = 0x3fffffff
const factor = 0x01000193
let factorOfFirst = 1
for (let n = 1; n < block; n++) factorOfFirst = Math.imul(factorOfFirst, factor)

function hashAt(text: string, at: number): number {
  let hash = 0
  for (let n = 0; n < block; n++) hash = (Math.imul(hash, factor) + text.charCodeAt(at + n)) | 0
  return hash
}

/** The hash of the block one further. */
function hashAfter(hash: number, text: string, at: number): number {
  const rest = hash - Math.imul(text.charCodeAt(at), factorOfFirst)
  return (Math.imul(rest, factor) + text.charCodeAt(at + block)) | 0
}

/** All that is alike around two places, in `after` not before `start`, if anything is; no surrogate pair is cut. */
function runAround(
  before: string,
  place: number,
  after: string,
  at: number,
  start: number,
): CommonRun {
  let [from, to] = [place, at]
  while (from > 0 && to > start && before.charCodeAt(from - 1) === after.charCodeAt(to - 1)) {
    from--
    to--
  }
  let length = at - to
  const limit = Math.min(before.length - from, after.length - to)
  while (length < limit && before.charCodeAt(from + length) === after.charCodeAt(to + length)) {
    length++
  }
  if (isLowSurrogate(before.charCodeAt(from))) {
    from++
    to++
    length--
  }
  if (isHighSurrogate(before.charCodeAt(from + length - 1))) length--
  return { before: from, after: to, length }
}

/** Of runs that are sorted by their places after, those in the order of their places before that hold the most. */
function heaviest(runs: readonly CommonRun[]): CommonRun[] {
  const held: number[] = []
  const previous: number[] = []
  let last = -1
  runs.forEach((run, index) => {
    let best = -1
    for (let other = 0; other < index; other++) {
      const { before, length } = runs[other]!
      if (before + length > run.before) continue
      if (best < 0 || held[other]! > held[best]!) best = other
    }
    held[index] = run.length + (best < 0 ? 0 : held[best]!)
    previous[index] = best
    if (last < 0 || held[index]! > held[last]!) last = index
  })
  const found: CommonRun[] = []
  for (let index = last; index >= 0; index = previous[index]!) found.push(runs[index]!)
  return found.reverse()
}

export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
