import { isPlainObject, type PlainObject } from "../plain-object.ts"
import { alignArrays } from "./align-arrays.ts"
import { diffText } from "./diff-text.ts"
import { escapePointer, type PatchOperation } from "./patch.ts"
import { sameValue } from "./same-value.ts"

/** How `diffValues` writes changes down. */
export interface DiffStyle {
  /** Changed strings as `"text"` operations, which JSON Patch does not have. */
  readonly text: boolean
  /** Arrays of which nothing stays are replaced whole, not item by item. @default false */
  readonly wholeArrays?: boolean
  /** Items that took the place of others are changed where they are, even if they are other ones by their identity. @default false */
  readonly inPlace?: boolean
}

/** The operations that turn `before` into `after`. Plain objects and arrays are looked into; all else is replaced whole. */
export function diffValues(
  before: unknown,
  after: unknown,
  style: DiffStyle,
  path = "",
): PatchOperation[] {
  if (Object.is(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after)) {
    if (!style.wholeArrays || hasCommon(before, after)) {
      return diffArrays(before, after, style, path)
    }
  }
  if (isPlainObject(before) && isPlainObject(after)) return diffObjects(before, after, style, path)
  if (typeof before === "string" && typeof after === "string" && style.text) {
    return diffText(before, after, path)
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
): PatchOperation[] {
  const operations: PatchOperation[] = []
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name))
      operations.push({ op: "remove", path: `${path}/${escapePointer(name)}` })
  }
  for (const name of Object.keys(after)) {
    const inner = `${path}/${escapePointer(name)}`
    if (!Object.hasOwn(before, name)) {
      operations.push({ op: "add", path: inner, value: after[name] })
    } else
      for (const step of diffValues(before[name], after[name], style, inner)) operations.push(step)
  }
  return operations
}

function diffArrays(
  before: readonly unknown[],
  after: readonly unknown[],
  style: DiffStyle,
  path: string,
): PatchOperation[] {
  const operations: PatchOperation[] = []
  let index = 0
  for (const [from, to] of alignArrays(before, after, style.inPlace)) {
    const inner = `${path}/${index}`
    if (to === undefined) operations.push({ op: "remove", path: inner })
    else {
      if (from === undefined) operations.push({ op: "add", path: inner, value: after[to] })
      else {
        for (const step of diffValues(before[from], after[to], style, inner)) operations.push(step)
      }
      index++
    }
  }
  return operations
}
