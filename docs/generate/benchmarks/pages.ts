import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type PlotWidth, plot } from "../../../benchmarks/plot.ts"
import { areas, type Results, readResults, results } from "./results.ts"

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

${plotsOf(measured)}

${body}
`
}

function command(area: string): string {
  const runs = area.startsWith("cache") ? "cache" : area
  return `\`pnpm bench ${runs}\` prints this page's figures again on your machine.`
}

/** Drawn into the page, so that they take its colours: from the figures, where they are ratios; one of two widths is shown. */
function plotsOf({ area, sections }: Results): string {
  if (sections.length === 0) return shown("", readFileSync(join(results, `${area}.svg`), "utf8"))
  const groups = sections.map(({ title, comparisons }) => ({
    title,
    bars: comparisons.map(({ peer, ratio }) => ({ name: peer, ratio: Number(ratio) })),
  }))
  const drawn = (width: PlotWidth) => shown(width, plot(area, groups, width))
  return `${drawn("wide")}\n\n${drawn("narrow")}`
}

function shown(width: PlotWidth | "", svg: string): string {
  const described = svg.replace("<svg ", `<svg role="img" aria-label="Plot of the figures below" `)
  return `<div class="plot ${width}" tabindex="0">\n\n${described.replaceAll(/\n\s*/g, "")}\n\n</div>`
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
