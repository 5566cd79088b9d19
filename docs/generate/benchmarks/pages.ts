import { readFileSync } from "node:fs"
import { join } from "node:path"
import { plot } from "../../../benchmarks/plot.ts"
import { areas, type Comparison, type Results, readResults, results } from "./results.ts"

/** A page for each measured area, and one that has every target: name and text. */
export function benchmarkPages(): Map<string, string> {
  const measured = areas().map(readResults)
  const pages = measured.map((one) => [one.area, areaPage(one)] as const)
  return new Map([["index", overview(measured)], ...pages])
}

function areaPage(measured: Results): string {
  const { area, text } = measured
  const [title = "", ...rest] = text.split("\n")
  const body = rest.join("\n").trim()
  return `${frontMatter}

${/^# [a-z]/.test(title) ? `# Benchmarks: ${area}` : title}

${command(area)}

<div class="plot" tabindex="0">

${plotOf(measured)}

</div>

${body}
`
}

function toRow({ peer, ratio }: Comparison) {
  return { name: peer, ratio: Number(ratio) }
}

function command(area: string): string {
  const runs = area.startsWith("cache") ? "cache" : area
  return `\`pnpm bench ${runs}\` prints this page's figures again on your machine.`
}

/** Drawn into the page, so that it takes its colours: from the figures, where they are ratios. */
function plotOf({ area, sections }: Results): string {
  const comparisons = sections.map(({ title, comparisons }) => ({
    title,
    rows: [{ name: "ours", ratio: 1 }, ...comparisons.map(toRow)].map(({ name, ratio }) => ({
      name,
      ratio: [ratio, ratio, ratio] as const,
    })),
  }))
  const drawn =
    sections.length > 0
      ? plot(area, comparisons)
      : readFileSync(join(results, `${area}.svg`), "utf8")
  const svg = drawn.replaceAll(/\n\s*/g, "")
  return svg.replace("<svg ", `<svg role="img" aria-label="Plot of the figures below" `)
}

function overview(measured: readonly Results[]): string {
  const rows = measured.flatMap(({ area, sections }) =>
    sections.flatMap(({ title, comparisons }) =>
      comparisons
        .filter(({ target }) => target.startsWith("≤"))
        .map((one) => ({ area, title, ...one })),
    ),
  )
  const met = rows.filter(({ target }) => target.endsWith(" met")).length
  const lines = rows.map(
    ({ area, title, peer, ratio, target, lacks }) =>
      `| [${area}](/benchmarks/${area}) | ${title} | ${peer} | ${ratio} | ${verdict(target)} | ${lacks} |`,
  )
  return `${frontMatter.replace("outline: 2", "aside: false")}

# How fast

A benchmark here compares ours with a named peer that does the same work to the same guarantee, in one run: rounds interleaved, a warm-up, then the median of the per-round ratio.

**Ratio: our time / theirs. Below 1, ours is faster.** What a peer does not guarantee stands in its row. Each page has the quartiles, the versions of the peers, the payload, the machine and the date; \`pnpm bench\` measures yours.

${measured.map(({ area }) => `[${area}](/benchmarks/${area})`).join(" · ")}

## Every target

The project set itself a target for ${rows.length} comparisons. **${met} are met, ${rows.length - met} are not**; both kinds stand here.

| area | what | against | ratio | target | theirs lacks |
|---|---|---|---|---|---|
${lines.join("\n")}
`
}

function verdict(target: string): string {
  return target.replace(/ missed$/, ' <span class="missed">missed</span>').replace(/ met$/, " ✓")
}

const frontMatter = `---
editLink: false
outline: 2
---`
