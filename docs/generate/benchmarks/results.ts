import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Where `pnpm bench` leaves its tables and plots. */
export const results: string = join(import.meta.dirname, "../../../benchmarks/results")

/** A line of a table: ours to one peer. */
export interface Comparison {
  readonly peer: string
  /** Our time / theirs, the median. */
  readonly ratio: string
  /** As the table has it: `≤ 0.75 met`, or nothing. */
  readonly target: string
  readonly lacks: string
}

export interface Section {
  readonly title: string
  readonly comparisons: readonly Comparison[]
}

/** What the last benchmark of an area came to. */
export interface Results {
  readonly area: string
  readonly text: string
  readonly sections: readonly Section[]
}

/** The areas that have been measured, by name. */
export function areas(): string[] {
  return readdirSync(results)
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -".md".length))
    .sort()
}

export function readResults(area: string): Results {
  const text = readFileSync(join(results, `${area}.md`), "utf8")
  return { area, text, sections: text.split(/^## /m).slice(1).map(sectionOf) }
}

function sectionOf(part: string): Section {
  const [title = "", ...lines] = part.split("\n")
  const comparisons = lines
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim()))
    .filter(([, , ratio = ""]) => /^\d/.test(ratio))
    .map(([peer = "", , ratio = "", target = "", lacks = ""]) => ({
      peer,
      ratio: ratio.split(" ")[0]!,
      target,
      lacks,
    }))
  return { title: title.trim(), comparisons }
}
