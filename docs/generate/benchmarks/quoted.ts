import { type Comparison, readResults, results } from "./results.ts"

const read = new Map<string, ReturnType<typeof readResults>>()

/** Our time / theirs of one comparison; throws where no benchmark made it. */
export function quotedRatio(area: string, title: string, peer: string): string {
  const found = find(area, title, peer)
  if (found) return found.ratio
  throw new Error(
    `${results}/${area}.md has no row "${peer}" under "${title}", which a page quotes.`,
  )
}

/** Whether the last benchmark of an area compared with a peer; the area itself must have been measured. */
export function isMeasured(area: string, title: string, peer: string): boolean {
  return find(area, title, peer) !== undefined
}

/** The day on which an area was measured. */
export function quotedDate(area: string): string {
  const [date] = /\d{4}-\d\d-\d\d/.exec(resultsOf(area).text) ?? []
  if (date) return date
  throw new Error(`${results}/${area}.md does not say when it was measured.`)
}

function find(area: string, title: string, peer: string): Comparison | undefined {
  const section = resultsOf(area).sections.find((one) => one.title === title)
  return section?.comparisons.find((one) => one.peer === peer)
}

function resultsOf(area: string) {
  const known = read.get(area) ?? readResults(area)
  read.set(area, known)
  return known
}
