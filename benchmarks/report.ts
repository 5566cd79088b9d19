import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus, release, totalmem } from "node:os"
import { dirname, join } from "node:path"
import type { Comparison, Row } from "./measure.ts"
import { type PlottedGroup, plot } from "./plot.ts"

export interface ReportOptions {
  /** Names the files under `results/`. */
  readonly area: string
  /** npm names of the peers whose versions are printed. */
  readonly peers: readonly string[]
  /** What was stored, in words. */
  readonly payload: string
  readonly seed: number
}

/** Prints the comparisons and writes `results/<area>.md` and `.svg`; a missed target sets the exit code. */
export function report(options: ReportOptions, comparisons: readonly Comparison[]): void {
  const versions = options.peers.map((peer) => `${peer} ${versionOf(peer)}`).join(", ")
  const memory = Math.round(totalmem() / 2 ** 30)
  const lines = [
    `# ${options.area}`,
    "",
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version.slice(1)}, Linux ${release()}, ` +
      `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${memory} GiB. ` +
      `Peers: ${versions || "none"}. Payload: ${options.payload}. Seed ${options.seed}.`,
    "",
    "Ratio: our time / theirs in the same round, median (quartiles); below 1, ours is faster.",
    "",
    ...comparisons.flatMap(table),
  ]
  const results = join(import.meta.dirname, "results")
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${options.area}.md`), `${lines.join("\n")}\n`)
  writeFileSync(join(results, `${options.area}.svg`), plot(options.area, comparisons.map(toGroup)))
  console.log(lines.join("\n"))
  const missed = comparisons.flatMap(({ title, rows }) =>
    rows.filter(isMissed).map(({ name }) => `${title}: ${name}`),
  )
  console.log(missed.length === 0 ? "Every target met." : `Missed: ${missed.join("; ")}`)
  if (missed.length > 0) process.exitCode = 1
}

function toGroup({ title, rows }: Comparison): PlottedGroup {
  const bars = rows.slice(1).map(({ name, ratio }) => ({ name, ratio: ratio[1] }))
  return { title, bars }
}

function table({ title, unit = "time", rows }: Comparison): string[] {
  return [
    `## ${title}`,
    "",
    `| | ${unit === "time" ? "time per operation" : "bytes"} | ratio | target | |`,
    "|---|---|---|---|---|",
    ...rows.map((row, index) => {
      const [low, median, high] = row.ratio.map((ratio) => ratio.toFixed(3))
      const ratio = index === 0 ? "" : `${median} (${low}–${high})`
      const target =
        row.target === undefined ? "" : `≤ ${row.target} ${isMissed(row) ? "missed" : "met"}`
      const amount = unit === "time" ? duration(row.microseconds) : row.microseconds
      return `| ${row.name} | ${amount} | ${ratio} | ${target} | ${row.lacks} |`
    }),
    "",
  ]
}

function isMissed(row: Row): boolean {
  return row.target !== undefined && row.ratio[1] > row.target
}

function duration(microseconds: number): string {
  if (microseconds < 1) return `${(microseconds * 1000).toFixed(1)} ns`
  return microseconds < 1000
    ? `${microseconds.toFixed(1)} µs`
    : `${(microseconds / 1000).toFixed(2)} ms`
}

function versionOf(peer: string): string {
  const require = createRequire(import.meta.url)
  for (
    let folder = dirname(require.resolve(peer));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
      if (manifest.name === peer) return manifest.version
    } catch {}
  }
  return "unknown"
}
