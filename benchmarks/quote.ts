import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

// pnpm bench:quote: writes what the last benchmarks came to. Every row that has a target goes into
// benchmarks/README.md; how many were met, and all that were missed, into the README of the repository.
// With --check it writes nothing, and fails where they say something else.
const isCheck = process.argv.includes("--check")
const results = join(import.meta.dirname, "results")
const areas = readdirSync(results)
  .filter((name) => name.endsWith(".md"))
  .sort()
  .map((name) => ({ name: name.slice(0, -3), text: readFileSync(join(results, name), "utf8") }))
const rows = areas.flatMap(({ name, text }) => quoted(name, text))
const dates = [...new Set(areas.flatMap(({ text }) => /^\d{4}-\d\d-\d\d/m.exec(text) ?? []))].sort()
const machine = areas
  .map(({ text }) => /^[\d-]+, (.* GiB)\./m.exec(text)?.[1])
  .find((found) => found !== undefined)
const met = rows.filter(isMet)
const sum = `${met.length} of ${rows.length} targets met on ${dates.join(", ")}, on a shared machine (${machine}).`

put(
  join(import.meta.dirname, "README.md"),
  `${sum}

| | against | ratio | target | theirs lacks |
|---|---|---|---|---|
${rows.map((row) => `| ${row.area}: ${row.title} | ${row.peer} | ${row.ratio} | ${row.target} | ${row.lacks} |`).join("\n")}`,
)
put(
  join(import.meta.dirname, "../README.md"),
  `${sum} A ratio is our time to theirs, doing the same work in the same round, the median; below 1, ours is faster.

| | met | missed, and the target |
|---|---|---|
${areas.flatMap(({ name }) => areaLine(name)).join("\n")}`,
)

interface Row {
  readonly area: string
  readonly title: string
  readonly peer: string
  readonly ratio: string
  /** `≤ 0.75 met` */
  readonly target: string
  readonly lacks: string
}

function quoted(area: string, text: string): Row[] {
  return text.split(/^## /m).flatMap((part) => {
    const [title = "", ...lines] = part.split("\n")
    return lines
      .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim()))
      .filter(([, , , target = ""]) => target.startsWith("≤"))
      .map(([peer = "", , ratio = "", target = "", lacks = ""]) => {
        return { area, title, peer, ratio: ratio.split(" ")[0]!, target, lacks }
      })
  })
}

function isMet({ target }: Row): boolean {
  return target.endsWith(" met")
}

/** How many targets of an area were met, and every one that was not; none for an area without targets. */
function areaLine(name: string): string[] {
  const own = rows.filter(({ area }) => area === name)
  if (own.length === 0) return []
  const missed = own
    .filter((row) => !isMet(row))
    .map(({ title, peer, ratio, target }) => {
      return `${title}, against ${peer}: **${ratio}** (${target.replace(" missed", "")})`
    })
  const met = own.length - missed.length
  return [`| ${name} | ${met} of ${own.length} | ${missed.join("<br>")} |`]
}

function put(file: string, section: string): void {
  const text = readFileSync(file, "utf8")
  const place = /(<!-- benchmarks -->\n)[\s\S]*?(\n<!-- \/benchmarks -->)/
  if (!place.test(text)) throw new Error(`${file} has no place for the benchmarks.`)
  const written = text.replace(place, (_, begin, end) => begin + section + end)
  if (!isCheck) writeFileSync(file, written)
  else if (written !== text) throw new Error(`${file} quotes other figures; pnpm bench:quote.`)
}
