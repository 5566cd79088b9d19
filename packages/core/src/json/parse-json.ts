import { PersistError } from "@persist/atomic"
import { parseExactly } from "./exact-keys.ts"
import { type JsonLiteral, JsonScanner, type ScanOptions } from "./json-scanner.ts"

/** What every integer beyond 2^53 has in it. */
export const longInteger: RegExp = /[0-9]{16}/

/** Parses JSON; `ERR_PERSIST_DECODE` gives line and column. */
export function parseJson(text: string, options: ScanOptions): unknown {
  let failure: unknown
  if (!options.bigints || !longInteger.test(text)) {
    try {
      return parseExactly(text)
    } catch (cause) {
      failure = cause
    }
  }
  const scanner = new JsonScanner(text, options)
  scanner.scan()
  if (failure === undefined || scanner.literals.length > 0) return parseWith(scanner.literals, text)
  throw new PersistError("ERR_PERSIST_DECODE", `Not JSON: ${(failure as Error).message}.`, {
    cause: failure,
  })
}

/**
 * Parses with strings in place of the literals, which are put back without recursion: a reviver would
 * overflow the stack. Nobody can guess the strings, so none in the text is taken for one.
 */
function parseWith(literals: readonly JsonLiteral[], text: string): unknown {
  const mark = crypto.randomUUID()
  const parts: string[] = []
  let position = 0
  for (const [index, { start, end }] of literals.entries()) {
    parts.push(text.slice(position, start), `"${mark}${index}"`)
    position = end
  }
  parts.push(text.slice(position))
  const root = { value: parseExactly(parts.join("")) }
  const open: Record<string, unknown>[] = [root]
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    for (const key of Object.keys(container)) {
      const value = container[key]
      if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>)
      else if (typeof value === "string" && value.startsWith(mark))
        container[key] = literals[Number(value.slice(mark.length))]!.value
    }
  }
  return root.value
}
