import { PersistError } from "@persist/core"
import { diffValues } from "../../diff/diff-values.ts"
import { applyPatch, type PatchOperation, parsePointer } from "../../diff/patch.ts"
import { sameValue } from "../../diff/same-value.ts"
import { isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"
import type { ConfigFormat } from "../formats/config-format.ts"
import { editJson } from "./json-edit.ts"
import type { EditOperation, TextEditor } from "./text-editor.ts"
import { editToml } from "./toml-edit.ts"
import { editYaml } from "./yaml-edit.ts"

const editors: Readonly<Record<ConfigFormat["name"], TextEditor>> = Object.freeze({
  json: editJson,
  jsonc: editJson,
  yaml: editYaml,
  toml: editToml,
})

/**
 * Changes `text`, which holds `before`, so that it holds `after`; all that stays the same stays byte
 * for byte. After every step the text is parsed again and must hold what was meant.
 *
 * @throws `ERR_PERSIST_UNSUPPORTED` when no such text is found, as when an alias would change with it.
 */
export function editConfig(
  format: ConfigFormat,
  text: string,
  before: unknown,
  after: unknown,
): string {
  try {
    return editBy(format, text, before, diffValues(before, after, { text: false }))
  } catch (error) {
    // A list that cannot be changed item by item is replaced.
    const coarse = diffValues(before, after, { text: false, wholeArrays: true })
    try {
      return editBy(format, text, before, coarse)
    } catch {
      throw error
    }
  }
}

function editBy(
  format: ConfigFormat,
  text: string,
  before: unknown,
  operations: readonly PatchOperation[],
): string {
  let current = text
  let value = before
  for (const operation of operations as readonly EditOperation[]) {
    value = applyPatch(copy(value), [copy(operation) as EditOperation])
    current = editOnce(format, current, operation, value)
  }
  return current
}

function editOnce(
  format: ConfigFormat,
  text: string,
  operation: EditOperation,
  meant: unknown,
): string {
  let reason: unknown
  try {
    const path = parsePointer(operation.path)
    for (const proposed of editors[format.name](text, operation, path)) {
      try {
        if (sameValue(format.parse(proposed), meant)) return proposed
      } catch (error) {
        reason = error
      }
    }
  } catch (error) {
    reason = error
  }
  const why = reason instanceof Error ? ` (${reason.message})` : ""
  throw new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    `No edit of ${operation.path || "the whole"} was found that changes nothing else${why}; the file stays as it is. Change it by hand.`,
    { cause: reason, details: { path: operation.path } },
  )
}

/** A copy in which nothing is shared, as YAML aliases share it: a step must change one place alone. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isPlainObject(value)) return value
  const result: PlainObject = {}
  for (const name of Object.keys(value)) setOwn(result, name, copy(value[name]))
  return result
}
