import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { seededRandom } from "../../../.ci/seeded-random.ts"

export interface Trace {
  readonly name: string
  readonly keys: readonly string[]
  readonly sizes: readonly number[]
}

/** The traces of a folder, one in each file of text: one key a line, lines of nothing but `*` skipped. */
export function readTraces(folder: string): Trace[] {
  if (!existsSync(folder)) throw new Error(`There is no folder of traces ${folder}.`)
  const traces = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !/^\.|\.md$/.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .flatMap((file) => readTrace(folder, file) ?? [])
  if (traces.length === 0) throw new Error(`There is no trace in ${folder}: put text files there.`)
  return traces
}

function readTrace(folder: string, file: string): Trace | undefined {
  const text = readFileSync(join(folder, file), "utf8")
  const keys = text.includes("\0")
    ? []
    : text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && line !== "*")
  const distinct = new Set(keys).size
  if (distinct > 1) return { name: file.replace(/\.[^.]*$/, ""), keys, sizes: sizesFor(distinct) }
  const why = keys.length === 0 ? "it is empty or no text" : "it has one key only, not one a line"
  console.warn(`${file} is passed over: ${why}.`)
  return undefined
}

/** Sizes that the published results use, as far as they are below the number of distinct keys. */
function sizesFor(distinct: number): number[] {
  const fitting = [256, 512, 1_000, 2_000].filter((size) => size < distinct)
  if (fitting.length > 1) return fitting
  return [...new Set([0.1, 0.5].map((part) => Math.ceil(distinct * part)))]
}

/** Patterns that tell policies apart, each the same for the same seed. */
export function generatedTraces(seed: number): Trace[] {
  const next = seededRandom(seed)
  const sizes = [500, 2_000]
  const keys = (length: number, key: (at: number) => string) =>
    Array.from({ length }, (_, at) => key(at))
  const popular = zipf(20_000, 0.9, next)
  const few = zipf(3_000, 0.9, next)
  const shifting = zipf(5_000, 0.9, next)
  const recent = recency(next)
  return [
    { name: "Zipf 0.9", sizes, keys: keys(200_000, () => `${popular()}`) },
    { name: "loop of 2,500", sizes, keys: keys(150_000, (at) => `${at % 2_500}`) },
    {
      name: "used twice",
      sizes,
      keys: keys(200_000, (at) => `${Math.floor(at / 800)} ${at % 400}`),
    },
    {
      name: "one and a half loops",
      sizes: [500, 1_000],
      keys: keys(180_000, (at) => `${Math.floor(at / 1_200)} ${(at % 1_200) % 800}`),
    },
    {
      name: "back and forth",
      sizes,
      keys: keys(200_000, (at) => `${at % 6_000 < 3_000 ? at % 3_000 : 2_999 - (at % 3_000)}`),
    },
    { name: "recency", sizes, keys: keys(200_000, recent) },
    {
      name: "Zipf with scans",
      sizes,
      keys: keys(200_000, (at) => (at % 4_000 < 1_500 ? `scan ${at}` : `${few()}`)),
    },
    {
      name: "shifting Zipf",
      sizes,
      keys: keys(200_000, (at) => `${shifting() + Math.floor(at / 10_000) * 2_500}`),
    },
    {
      name: "shifting mix",
      sizes,
      keys: keys(270_000, (at) => {
        const phase = Math.floor(at / 15_000) % 3
        return phase === 0 ? `zipf ${popular()}` : phase === 1 ? `loop ${at % 2_500}` : recent()
      }),
    },
  ]
}

function zipf(universe: number, exponent: number, next: () => number): () => number {
  const cumulative: number[] = []
  let total = 0
  for (let rank = 1; rank <= universe; rank++) {
    total += 1 / rank ** exponent
    cumulative.push(total)
  }
  return () => {
    const wanted = next() * total
    let low = 0
    let high = universe - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Mostly what was new a short while ago, and always something new. */
function recency(next: () => number): () => string {
  let newest = 0
  return () => {
    if (next() < 0.4) return `recent ${newest++}`
    return `recent ${Math.max(0, newest - 1 - Math.floor(-Math.log(1 - next()) * 300))}`
  }
}
