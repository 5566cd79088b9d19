import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

// pnpm bench:quote: writes what the last benchmarks came to into the README, every row that has a
// target, missed ones too.
const results = join(import.meta.dirname, "results")
const readme = join(import.meta.dirname, "../README.md")
const areas = readdirSync(results)
  .filter((name) => name.endsWith(".md"))
  .sort()
  .map((name) => ({ name: name.slice(0, -3), text: readFileSync(join(results, name), "utf8") }))
const rows = areas.flatMap(({ name, text }) => quoted(name, text))
const dates = [...new Set(areas.flatMap(({ text }) => /^\d{4}-\d\d-\d\d/m.exec(text) ?? []))].sort()
const machine = areas
  .map(({ text }) => /^[\d-]+, (.* GiB)\./m.exec(text)?.[1])
  .find((found) => found !== undefined)
const met = rows.filter((row) => / met \|/.test(row)).length
const section = `${met} of ${rows.length} targets met on ${dates.join(", ")}, on a shared machine (${machine}). Rounds are interleaved; the ratio is our time to theirs in the same round, the median; below 1, ours is faster. Quartiles, the rows without a target, and plots: [\`benchmarks/results\`](benchmarks/results).

<details><summary>Every target, missed ones too</summary>

| | against | ratio | target | theirs lacks |
|---|---|---|---|---|
${rows.join("\n")}

</details>`
const text = readFileSync(readme, "utf8")
const place = /(<!-- benchmarks -->\n)[\s\S]*?(\n<!-- \/benchmarks -->)/
if (!place.test(text)) throw new Error("The README has no place for the benchmarks.")
writeFileSync(
  readme,
  text.replace(place, (_, begin, end) => begin + section + end),
)

function quoted(area: string, text: string): string[] {
  return text.split(/^## /m).flatMap((part) => {
    const [title = "", ...lines] = part.split("\n")
    return lines
      .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim()))
      .filter(([, , , target = ""]) => target.startsWith("≤"))
      .map(([peer, , ratio = "", target = "", lacks = ""]) => {
        const median = ratio.split(" ")[0]
        return `| ${area}: ${title} | ${peer} | ${median} | ${target} | ${lacks} |`
      })
  })
}
