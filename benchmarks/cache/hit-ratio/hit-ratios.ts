import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CacheStorage, type PolicyName } from "../../../packages/cache/dist/index.js"
import { hitRatioPlot } from "./plot.ts"
import { clairvoyant, textbookLru } from "./textbook.ts"
import { generatedTraces, readTraces, type Trace } from "./traces.ts"

const policies = ["lru", "sieve", "s3fifo", "tinylfu"] as const

export interface HitRatioRow {
  readonly trace: string
  readonly size: number
  /** Percentages. */
  readonly textbook: number
  readonly policies: Readonly<Record<PolicyName, number>>
  readonly optimum: number
}

/** Prints hit ratios of every policy beside the textbook and the optimum; a missed target sets the exit code. */
export function hitRatios(seed: number, folder: string | undefined): void {
  const traces = [...(folder === undefined ? [] : readTraces(folder)), ...generatedTraces(seed)]
  const rows = traces.flatMap((trace) => trace.sizes.map((size) => measure(trace, size)))
  const missed = rows.flatMap(misses)
  const lines = [
    "# Hit ratios of the policies",
    "",
    `Percent of look-ups served. Traces: ${folder === undefined ? "generated" : "from a folder, and generated"}, seed ${seed}. Adaptive is policy "tinylfu".`,
    "",
    "| trace@size | textbook LRU | LRU | SIEVE | S3-FIFO | adaptive | adaptive − LRU | optimum |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map(({ trace, size, textbook, policies: ours, optimum }) => {
      const cells = [
        textbook,
        ours.lru,
        ours.sieve,
        ours.s3fifo,
        ours.tinylfu,
        ours.tinylfu - ours.lru,
        optimum,
      ]
      return `| ${trace}@${size} | ${cells.map((cell) => cell.toFixed(1)).join(" | ")} |`
    }),
    "",
    missed.length === 0 ? "Every target met." : `Missed: ${missed.join("; ")}`,
    "",
  ]
  const results = join(import.meta.dirname, "..", "..", "results")
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, "cache-hit-ratio.md"), lines.join("\n"))
  writeFileSync(join(results, "cache-hit-ratio.svg"), hitRatioPlot(rows))
  console.log(lines.join("\n"))
  if (missed.length > 0) process.exitCode = 1
}

function measure({ name, keys }: Trace, size: number): HitRatioRow {
  const percent = (hits: number) => (100 * hits) / keys.length
  const ours = (policy: PolicyName) => {
    const cache = new CacheStorage<string, boolean>({ maxSize: size, policy, defaultTtl: Infinity })
    for (const key of keys) if (cache.get(key) === undefined) cache.set(key, true)
    return percent(cache.stats.hits)
  }
  return {
    trace: name,
    size,
    textbook: percent(textbookLru(keys, size)),
    policies: Object.fromEntries(policies.map((policy) => [policy, ours(policy)])) as Record<
      PolicyName,
      number
    >,
    optimum: percent(clairvoyant(keys, size)),
  }
}

function misses({ trace, size, textbook, policies: ours }: HitRatioRow): string[] {
  const cell = `${trace}@${size}`
  const found: string[] = []
  if (ours.lru !== textbook) found.push(`${cell}: LRU is not the textbook's`)
  const gain = ours.tinylfu - ours.lru
  if (gain < -3) found.push(`${cell}: adaptive ${gain.toFixed(1)} points below LRU`)
  if ((cell === "gli@1000" || cell === "loop@512") && gain < 35) {
    found.push(`${cell}: adaptive only ${gain.toFixed(1)} points above LRU`)
  }
  return found
}
