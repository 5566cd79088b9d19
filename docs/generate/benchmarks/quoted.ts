import { readResults, results } from "./results.ts"

const read = new Map<string, ReturnType<typeof readResults>>()

/** Our time / theirs of one comparison; throws where no benchmark made it. */
export function quotedRatio(area: string, title: string, peer: string): string {
  const section = resultsOf(area).sections.find((one) => one.title === title)
  const found = section?.comparisons.find((one) => one.peer === peer)
  if (found) return found.ratio
  throw new Error(
    `${results}/${area}.md has no row "${peer}" under "${title}", which a page quotes.`,
  )
}

/** The day on which an area was measured. */
export function quotedDate(area: string): string {
  const [date] = /\d{4}-\d\d-\d\d/.exec(resultsOf(area).text) ?? []
  if (date) return date
  throw new Error(`${results}/${area}.md does not say when it was measured.`)
}

function resultsOf(area: string) {
  const known = read.get(area) ?? readResults(area)
  read.set(area, known)
  return known
}
