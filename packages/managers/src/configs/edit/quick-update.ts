import { escapePointer } from "../../diff/patch.ts"
import { isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"
import { type ConfigMerge, planUpdate } from "../plan-update.ts"
import { editJson } from "./json-edit.ts"
import { findMember, skipValue } from "./json-scan.ts"
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
    for (const name of Object.keys(updates)) {
      const start = findMember(text, root, name)
      if (start < 0) return undefined
      setOwn(current, name, JSON.parse(text.slice(start, skipValue(text, start))))
    }
    let result = text
    for (const { path, value } of planUpdate(current, updates, merge)) {
      const names = path.map(String)
      if (!isSingle(value) || !isSingle(at(current, names))) return undefined
      const pointer = names.map((name) => `/${escapePointer(name)}`).join("")
      for (const next of editJson(result, { op: "replace", path: pointer, value }, names))
        result = next
    }
    return result
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
