import { types } from "node:util"
import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { type AlignStyle, alignArrays } from "./align-arrays.ts"
import { escapePointer, isCollection, type PatchOperation, type StoredOperation } from "./patch.ts"
import { sameValue } from "./same-value.ts"

/** How `diffValues` looks for changes and writes them down; what only some need is handed in. */
export interface DiffStyle extends AlignStyle {
  /** Writes changed strings down, such as `diffText`. @default They are replaced whole */
  readonly text?: (before: string, after: string, path: string) => PatchOperation[]
  /** Changed maps and sets as `"entries"` operations. @default false */
  readonly entries?: boolean
  /** Arrays of which nothing stays are replaced whole, not item by item. @default false */
  readonly wholeArrays?: boolean
}

/** The operations that turn `before` into `after`. Plain objects and arrays are looked into; all else is replaced whole. */
export function diffValues(
  before: unknown,
  after: unknown,
  style: Omit<DiffStyle, "entries">,
  path = "",
): PatchOperation[] {
  return diffAny(before, after, style, path) as PatchOperation[]
}

/** As `diffValues`, with maps and sets as the style has them. */
export function diffAny(
  before: unknown,
  after: unknown,
  style: DiffStyle,
  path: string,
): StoredOperation[] {
  if (Object.is(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after)) {
    if (!style.wholeArrays || hasCommon(before, after)) {
      return diffArrays(before, after, style, path)
    }
  }
  if (isPlainObject(before) && isPlainObject(after)) return diffObjects(before, after, style, path)
  if (typeof before === "string" && typeof after === "string" && style.text) {
    return style.text(before, after, path)
  }
  const areCollections = style.entries && isCollection(before) && isCollection(after)
  if (areCollections && types.isMap(before) === types.isMap(after)) {
    const patch = diffAny([...before], [...after], style, "")
    // Without one they may differ in what else they are: by their class, say.
    if (patch.length > 0) return [{ op: "entries", path, patch }]
  }
  return sameValue(before, after) ? [] : [{ op: "replace", path, value: after }]
}

/** Whether anything of one array may live on in the other. */
function hasCommon(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.some((one) =>
    after.some(
      (other) =>
        sameValue(one, other) ||
        (isPlainObject(one) && isPlainObject(other)) ||
        (Array.isArray(one) && Array.isArray(other)),
    ),
  )
}

function diffObjects(
  before: PlainObject,
  after: PlainObject,
  style: DiffStyle,
  path: string,
): StoredOperation[] {
  const operations: StoredOperation[] = []
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name))
      operations.push({ op: "remove", path: `${path}/${escapePointer(name)}` })
  }
  for (const name of Object.keys(after)) {
    const inner = `${path}/${escapePointer(name)}`
    if (!Object.hasOwn(before, name)) {
      operations.push({ op: "add", path: inner, value: after[name] })
    } else
      for (const step of diffAny(before[name], after[name], style, inner)) operations.push(step)
  }
  return operations
}

function diffArrays(
  before: readonly unknown[],
  after: readonly unknown[],
  style: DiffStyle,
  path: string,
): StoredOperation[] {
  const operations: StoredOperation[] = []
  let index = 0
  for (const [from, to] of alignArrays(before, after, style)) {
    const inner = `${path}/${index}`
    if (to === undefined) operations.push({ op: "remove", path: inner })
    else {
      if (from === undefined) operations.push({ op: "add", path: inner, value: after[to] })
      else {
        for (const step of diffAny(before[from], after[to], style, inner)) operations.push(step)
      }
      index++
    }
  }
  return operations
}
