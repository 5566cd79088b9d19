import { PersistError } from "@persist/core/options"
import { diffValues } from "../../diff/diff-values.ts"
import { applyPatch, escapePointer, type PatchOperation, parsePointer } from "../../diff/patch.ts"
import { sameValue } from "../../diff/same-value.ts"
import { valueAt } from "../../layers/merge-layers.ts"
import { copyPlain, isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"
import type { ConfigFormat } from "../formats/config-format.ts"
import { editJson } from "./json-edit.ts"
import type { EditOperation, TextEditor } from "./text-editor.ts"
import { editToml } from "./toml-edit.ts"
import { wordsTogether } from "./words-together.ts"
import { editYaml } from "./yaml-edit.ts"

const editors: Readonly<Record<ConfigFormat["name"], TextEditor>> = Object.freeze({
  json: editJson,
  jsonc: editJson,
  yaml: editYaml,
  toml: editToml,
})

/** A text, what it holds, and what it shall hold. */
export interface EditRequest {
  readonly format: ConfigFormat
  readonly text: string
  readonly before: unknown
  readonly after: unknown
  /** Where the two differ, if that is known: saves the search. */
  readonly paths?: readonly (readonly (string | number)[])[]
}

/**
 * Changes the text so that it holds `after`; all that stays the same stays byte for byte. After every
 * step, or several that touch nothing but a word each, the text is parsed again and must hold what was meant.
 *
 * @throws `ERR_PERSIST_UNSUPPORTED` when no such text is found, as when an alias would change with it,
 * `ERR_PERSIST_ENCODE` for a value that the format cannot hold.
 */
export function editConfig(request: EditRequest): string {
  try {
    return editBy(request, operationsOf(request, false))
  } catch (error) {
    try {
      return editInstead(request)
    } catch {
      throw error
    }
  }
}

function editInstead(request: EditRequest): string {
  const { before, after } = request
  // No settings may be no object either: a text with comments alone, or with null.
  if (isPlainObject(before) && Object.keys(before).length === 0) {
    return editBy({ ...request, before: null }, [{ op: "replace", path: "", value: after }])
  }
  // A list that cannot be changed item by item is replaced.
  return editBy(request, operationsOf(request, true))
}

function operationsOf(request: EditRequest, wholeArrays: boolean): PatchOperation[] {
  const { before, after, paths = [[]] } = request
  const style = { text: false, wholeArrays, inPlace: true }
  return paths.flatMap((path) => {
    const pointer = path.map((name) => `/${escapePointer(String(name))}`).join("")
    const [from, to] = [valueAt(before, path.map(String)), valueAt(after, path.map(String))]
    // What goes from a list lets the next take its place.
    const isGone = path.length > 0 && isShorter(before, after, path.slice(0, -1))
    if (isGone) return [{ op: "remove", path: pointer }]
    if (path.length === 0 || (from.isThere && to.isThere)) {
      return diffValues(from.value, to.value, style, pointer)
    }
    // Containers on the way that are new: the whole is compared.
    if (!isPlainObject(valueAt(before, path.slice(0, -1).map(String)).value)) {
      return diffValues(before, after, style)
    }
    if (to.isThere) return [{ op: "add" as const, path: pointer, value: to.value }]
    return from.isThere ? [{ op: "remove" as const, path: pointer }] : []
  })
}

function isShorter(before: unknown, after: unknown, path: readonly (string | number)[]): boolean {
  const [one, other] = [before, after].map((root) => valueAt(root, path.map(String)).value)
  return Array.isArray(one) && Array.isArray(other) && other.length < one.length
}

function editBy(
  { format, text, before }: EditRequest,
  operations: readonly PatchOperation[],
): string {
  let current = text
  let value = before
  let left = operations as readonly EditOperation[]
  while (left.length > 0) {
    const together = wordsTogether(format, current, value, left)
    const next = left.slice(0, together?.count ?? 1)
    left = left.slice(next.length)
    const meant = together && stepped(value, next)
    if (together && holds(format, together.text, meant)) {
      current = together.text
      value = meant
      continue
    }
    for (const operation of next) {
      const replaced = replaceInJson(format, current, operation)
      if (replaced === undefined || operations.length > 1) value = stepped(value, [operation])
      current = replaced ?? editOnce(format, current, operation, value)
    }
  }
  return current
}

function holds(format: ConfigFormat, text: string, meant: unknown): boolean {
  try {
    return sameValue(format.parse(text), meant)
  } catch {
    return false
  }
}

/** In JSON a value in the place of a value can do nothing else: parsing the whole again would tell nothing. */
function replaceInJson(
  format: ConfigFormat,
  text: string,
  operation: EditOperation,
): string | undefined {
  if (operation.op !== "replace" || operation.path === "" || editors[format.name] !== editJson) {
    return undefined
  }
  try {
    const { value } = operation
    if (!sameValue(JSON.parse(JSON.stringify(value)), value)) return undefined
    const [proposed] = editJson(text, operation, parsePointer(operation.path))
    return proposed
  } catch {
    return undefined
  }
}

function stepped(value: unknown, operations: readonly EditOperation[]): unknown {
  // YAML aliases share what they stand for; a step must change one place alone.
  return applyPatch(copyPlain(value), copyPlain(operations) as EditOperation[])
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
  assertPrintable(format, operation)
  const why = reason instanceof Error ? ` (${reason.message})` : ""
  throw new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    `No edit of ${operation.path || "the whole"} was found that changes nothing else${why}; the file stays as it is. Change it by hand.`,
    { cause: reason, details: { path: operation.path } },
  )
}

/** @throws `ERR_PERSIST_ENCODE` when no text of the format holds the value, wherever it stands. */
function assertPrintable(format: ConfigFormat, operation: EditOperation): void {
  if (operation.op === "remove") return
  const around = parsePointer(operation.path).reduceRight<unknown>(
    (value, name) => setIn({}, String(name), value),
    operation.value,
  )
  format.print(around)
}

function setIn(object: PlainObject, name: string, value: unknown): PlainObject {
  setOwn(object, name, value)
  return object
}
