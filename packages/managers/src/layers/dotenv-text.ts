const assignment = /[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)(?:[^\S\n]*=|:(?=[^\S\n]))[^\S\n]*/y
const nothingElse = /[^\S\n]*(?:#.*)?(?=\n|$)/y
const quotes: ReadonlySet<string> = new Set(['"', "'", "`"])

/**
 * The variables in the text of a `.env` file, by the rules of dotenv: single, double and back quotes, in
 * which lines may break, `\n` and `\r` in double ones; comments; `export`; nothing is expanded. What is no
 * assignment says nothing.
 *
 * Node's own `parseEnv` takes the next line for the value of one that has only spaces.
 */
export function parseDotenv(text: string): Map<string, string> {
  const body = text.replace(/\r\n?/g, "\n")
  const variables = new Map<string, string>()
  for (let at = 0; at < body.length; at = endOfLine(body, at) + 1) {
    assignment.lastIndex = at
    const found = assignment.exec(body)
    if (found === null) continue
    at = assignment.lastIndex
    // Quotes may begin on a line below.
    const start = at + /^\s*/.exec(body.slice(at))![0].length
    const quoted = quotedText(body, start)
    const line = body.slice(at, endOfLine(body, at))
    variables.set(found[1]!, withoutQuotes(quoted ?? line.replace(/#.*/, "").trim()))
    at = endOfLine(body, quoted === undefined ? at : start + quoted.length)
  }
  return variables
}

/** What stands in quotes, they included; undefined where no quote begins, or more than a comment follows it. */
function quotedText(text: string, start: number): string | undefined {
  const quote = text[start]
  if (quote === undefined || !quotes.has(quote)) return undefined
  const ends: number[] = []
  do ends.unshift(text.indexOf(quote, (ends[0] ?? start) + 1))
  while (text[ends[0]! - 1] === "\\")
  // Behind a backslash a quote ends the text only where no other one does: `"C:\folder\"`.
  const end = ends.find((one) => one >= 0 && isEnd(text, one))
  return end === undefined ? undefined : text.slice(start, end + 1)
}

function isEnd(text: string, quote: number): boolean {
  nothingElse.lastIndex = quote + 1
  return nothingElse.test(text)
}

/** What a value says; quotes inside it stay: `"it"s"` is `it"s`. */
function withoutQuotes(text: string): string {
  const quote = text[0] ?? ""
  const isQuoted = text.length > 1 && quotes.has(quote) && text.endsWith(quote)
  const value = isQuoted ? text.slice(1, -1) : text
  return quote === '"' ? value.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : value
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start)
  return end < 0 ? text.length : end
}
