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
    const quoted = quotedText(body, at)
    const line = body.slice(at, endOfLine(body, at))
    variables.set(found[1]!, withoutQuotes(quoted ?? line.replace(/#.*/, "").trim()))
    at = endOfLine(body, at + (quoted?.length ?? 0))
  }
  return variables
}

/** What stands in quotes, they included; undefined where no quote begins, or more than a comment follows it. */
function quotedText(text: string, start: number): string | undefined {
  const quote = text[start]
  if (quote === undefined || !quotes.has(quote)) return undefined
  let end = text.indexOf(quote, start + 1)
  while (end >= 0 && text[end - 1] === "\\") end = text.indexOf(quote, end + 1)
  if (end < 0) return undefined
  nothingElse.lastIndex = end + 1
  return nothingElse.test(text) ? text.slice(start, end + 1) : undefined
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
