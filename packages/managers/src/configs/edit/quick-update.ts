import { isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"
import { type ConfigMerge, planUpdate } from "../plan-update.ts"
import { findMember, findValue, skipValue } from "./json-scan.ts"
import { applySplices, type Splice } from "./splice.ts"
import { skipTrivia, slashComments } from "./trivia.ts"

/**
 * The text of a JSON file with single values replaced by single values. Only what `updates` names is
 * read, so the text must be known to be valid; undefined when more than that is asked.
 */
export function quickUpdate(
  text: string,
  updates: PlainObject,
  merge: ConfigMerge,
): string | undefined {
  const root = skipTrivia(text, 0, slashComments)
  if (text.charCodeAt(root) !== 0x7b) return undefined
  try {
    const current: PlainObject = {}
    const starts = new Map<string, number>()
    for (const name of Object.keys(updates)) {
      const start = findMember(text, root, name)
      if (start < 0) return undefined
      starts.set(name, start)
      setOwn(current, name, JSON.parse(text.slice(start, skipValue(text, start))))
    }
    const splices: Splice[] = []
    for (const { path, value } of planUpdate(current, updates, merge)) {
      const [name, ...rest] = path.map(String)
      if (!isSingle(value) || !isSingle(at(current, [name!, ...rest]))) return undefined
      const start = findValue(text, starts.get(name!)!, rest)
      splices.push({ start, end: skipValue(text, start), text: JSON.stringify(value) })
    }
    return applySplices(text, splices)
  } catch {
    return undefined
  }
}

function at(root: PlainObject, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isPlainObject(value) ? value[name] : undefined),
    root,
  )
}

/** Whether JSON holds the value in one word or string. */
function isSingle(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0)
  return typeof value === "string" || typeof value === "boolean" || value === null
}
