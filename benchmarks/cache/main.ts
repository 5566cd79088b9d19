import type { Comparison } from "../measure.ts"
import { report } from "../report.ts"
import { loadingCell, readyCell, type SyncCell, sizes, syncCells } from "./cells.ts"
import { contenders, withoutTtl } from "./contenders.ts"
import { hitRatios } from "./hit-ratio/hit-ratios.ts"
import { Processes } from "./processes.ts"

// node benchmarks/run.ts cache [--seed N] [--rounds N] [--traces FOLDER] [--only speed|hit-ratio] [--size N]
const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}
const seed = Number(argument("seed") ?? 1)
const rounds = Number(argument("rounds") ?? 15)
const only = argument("only")
const wanted = argument("size") === undefined ? undefined : Number(argument("size"))

const targets: Readonly<Record<SyncCell, (size: number) => number | undefined>> = {
  hit: (size) => ({ 10000: 0.66, 100000: 0.5 })[size],
  update: (size) => (size >= 10_000 ? 0.4 : undefined),
  "evicting set": (size) => (size >= 10_000 ? 0.75 : undefined),
  "Zipf get-or-set": (size) => (size >= 10_000 ? 0.65 : undefined),
}

if (only !== "hit-ratio") await speed()
if (only !== "speed") hitRatios(seed, argument("traces"))

async function speed(): Promise<void> {
  const processes = new Processes(seed)
  const comparisons: Comparison[] = []
  const named = (names: readonly string[], target: (name: string) => number | undefined) =>
    names.map((name) => {
      const { lacks } = contenders.find((each) => each.name === name)!
      const aim = target(name)
      return {
        name,
        ...(lacks === undefined ? {} : { lacks }),
        ...(aim === undefined ? {} : { target: aim }),
      }
    })
  const expiring = ["@persist/cache", "lru-cache", "quick-lru", "@isaacs/ttlcache", "cacheable"]
  const plain = [withoutTtl, "mnemonist", "lru.min"]
  for (const size of sizes.filter((each) => wanted === undefined || each === wanted)) {
    for (const cell of syncCells) {
      const aims = named(expiring, (name) =>
        name === "lru-cache" ? targets[cell](size) : undefined,
      )
      comparisons.push(await processes.compare(cell, size, aims, rounds))
      const plainAims = named(plain, (name) =>
        name === "mnemonist" && size >= 10_000 ? 1.15 : undefined,
      )
      const compared = await processes.compare(cell, size, plainAims, rounds)
      comparisons.push({ ...compared, title: `${compared.title}, without TTL` })
    }
  }
  const loadingTargets: Readonly<Record<string, number>> = {
    "a bare await": 1.3,
    "lru-cache": 0.5,
    bentocache: 0.07,
  }
  const loading = named(
    ["@persist/cache", "a bare await", "a bare Map, awaited", "lru-cache", "bentocache"],
    (name) => loadingTargets[name],
  )
  // One hot key shows what the asynchronous machinery costs, 1,000 keys what a look-up adds.
  for (const size of [1, 1_000]) {
    comparisons.push(await processes.compare(loadingCell, size, loading, rounds))
    const waiting = loading.filter(({ name }) => !name.startsWith("a bare"))
    comparisons.push(await processes.compare(readyCell, size, waiting, rounds))
  }
  processes.close()
  report(
    {
      area: "cache",
      peers: [
        "lru-cache",
        "quick-lru",
        "lru.min",
        "mnemonist",
        "@isaacs/ttlcache",
        "cacheable",
        "bentocache",
      ],
      payload: "string keys, one shared object as value; a TTL of an hour where there is one",
      seed,
    },
    comparisons,
  )
}
