import { isError, PersistError } from "@persist/core/options"
import { diffValues } from "../../diff/diff-values.ts"
import { applyPatch, escapePointer, type PatchOperation, parsePointer } from "../../diff/patch.ts"
import { sameValue } from "../../diff/same-value.ts"
import { valueAt } from "../../layers/merge-layers.ts"
import { copyPlain, isPlainObject, type PlainObject, setOwn } from "../../plain-object.ts"
import type { ConfigFormat } from "../formats/config-format.ts"
import { editsBackwards } from "./edits-backwards.ts"
import { editsTogether } from "./edits-together.ts"
import { type OpenText, openText } from "./open-text.ts"
import { applySplices } from "./splice.ts"
import type { EditOperation } from "./text-editor.ts"

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
 * step, or several that have nothing to do with each other, the text is parsed again and must hold what was meant.
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
  const { format, text, before, after } = request
  // No settings may be no object either: a text with comments alone, or with null.
  if (isPlainObject(before) && Object.keys(before).length === 0) {
    return editBy({ ...request, before: null }, [{ op: "replace", path: "", value: after }])
  }
  if (format.name === "yaml" && hasAlias.test(text)) {
    try {
      return editBy(request, editsBackwards(before, after))
    } catch {
      // Not the order alone is in the way.
    }
  }
  // A list that cannot be changed item by item is replaced.
  return editBy(request, operationsOf(request, true))
}

function operationsOf(request: EditRequest, wholeArrays: boolean): PatchOperation[] {
  const { before, after, paths = [[]] } = request
  const style = { wholeArrays, inPlace: true }
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
  let source = openText(format, text)
  let value = before
  let left = operations as readonly EditOperation[]
  let most = left.length
  while (left.length > 0) {
    const together = editsTogether(source, value, left.slice(0, most))
    if (together !== undefined) {
      const meant = stepped(value, left.slice(0, together.count))
      const isMeant = holds(format, together.text, meant)
      // One of them wants more than its first proposal, or does not go at all.
      most = isMeant ? most * 2 : Math.floor(together.count / 2)
      if (!isMeant) continue
      value = meant
      left = left.slice(together.count)
      source = openText(format, together.text, source.style)
      continue
    }
    const [operation] = left as [EditOperation]
    left = left.slice(1)
    most = Math.max(most, 1) * 2
    const replaced = replaceInJson(format, source, operation)
    if (replaced === undefined || operations.length > 1) value = stepped(value, [operation])
    const next = replaced ?? editOnce(format, source, operation, value)
    if (left.length === 0) return next
    source = openText(format, next, source.style)
  }
  return source.bom + source.body
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
  { name }: ConfigFormat,
  source: OpenText,
  operation: EditOperation,
): string | undefined {
  const isJson = name === "json" || name === "jsonc"
  if (operation.op !== "replace" || operation.path === "" || !isJson) return undefined
  try {
    const { value } = operation
    if (!sameValue(JSON.parse(JSON.stringify(value)), value)) return undefined
    const [proposed] = proposals(source, operation)
    return proposed
  } catch {
    return undefined
  }
}

function* proposals(
  { bom, body, edits }: OpenText,
  operation: EditOperation,
): Generator<string, void, undefined> {
  for (const splices of edits(operation, parsePointer(operation.path))) {
    yield bom + applySplices(body, splices)
  }
}

function stepped(value: unknown, operations: readonly EditOperation[]): unknown {
  // YAML aliases share what they stand for; a step must change one place alone.
  return applyPatch(copyPlain(value), copyPlain(operations) as EditOperation[])
}

function editOnce(
  format: ConfigFormat,
  source: OpenText,
  operation: EditOperation,
  meant: unknown,
): string {
  let reason: unknown
  try {
    for (const proposed of proposals(source, operation)) {
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
  const isRead = reason === undefined || isUnresolved(reason)
  const isAlias = format.name === "yaml" && isRead && hasAlias.test(source.body)
  const said = isError(reason) ? reason.message : undefined
  const why = isAlias ? "an alias elsewhere stands for it" : said
  throw new PersistError(
    "ERR_PERSIST_UNSUPPORTED",
    `No edit of ${operation.path || "the whole"} was found that changes nothing else${why ? ` (${why})` : ""}; the file stays as it is. ${isAlias ? "Give what the alias is to hold in the same change, or change" : "Change"} it by hand.`,
    { cause: reason, details: { path: operation.path } },
  )
}

const hasAlias = /(?:^|[\s,[{:])\*[^\s,[\]{}]/

/** Whether an edit left an alias without what it stands for. */
function isUnresolved(reason: unknown): boolean {
  return PersistError.is(reason) && reason.message.includes("Unresolved alias")
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
