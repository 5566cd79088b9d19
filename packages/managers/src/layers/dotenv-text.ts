const assignment = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(?:=|:(?=[ \t]))[ \t]*/y
const nothingElse = /[ \t]*(?:#.*)?(?=\n|$)/y

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
    const end = quoted?.end ?? endOfLine(body, at)
    variables.set(found[1]!, quoted?.value ?? body.slice(at, end).replace(/#.*/, "").trim())
    at = end
  }
  return variables
}

/** Undefined where no quote begins, or more than a comment follows it: then quotes are characters like others. */
function quotedText(text: string, start: number): { value: string; end: number } | undefined {
  const quote = text[start]
  if (quote !== '"' && quote !== "'" && quote !== "`") return undefined
  let end = text.indexOf(quote, start + 1)
  while (end >= 0 && text[end - 1] === "\\") end = text.indexOf(quote, end + 1)
  if (end < 0) return undefined
  nothingElse.lastIndex = end + 1
  if (!nothingElse.test(text)) return undefined
  const value = text.slice(start + 1, end)
  const isExpanded = quote === '"'
  return {
    value: isExpanded ? value.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : value,
    end: nothingElse.lastIndex,
  }
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start)
  return end < 0 ? text.length : end
}
