import { PersistError } from "@persist/core/options"
import { itemIndex } from "../list-item.ts"
import { copyPlain, isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"
import type { Layer } from "./layer.ts"

/** How two layers combine at one path: objects merge and all else replaces, unless told otherwise. */
export type MergePolicy = "merge" | "replace" | "append"

/** Policies by dotted path. */
export type MergePolicies = Readonly<Record<string, MergePolicy>>

/** The values of all layers as one, with nothing of theirs in it. `null` is a value; `undefined` says nothing. */
export function mergeLayers(layers: readonly Layer[], policies: MergePolicies): PlainObject {
  return layers.reduce<PlainObject>(
    (lower, layer) => mergeObjects(lower, layer.values, policies, "", layer),
    {},
  )
}

function mergeObjects(
  lower: PlainObject,
  upper: PlainObject,
  policies: MergePolicies,
  prefix: string,
  layer: Layer,
): PlainObject {
  const result = { ...lower }
  for (const name of Object.keys(upper)) {
    const [before, after] = [Object.hasOwn(lower, name) ? lower[name] : undefined, upper[name]]
    if (after === undefined) continue
    const path = `${prefix}${name}`
    const policy = policies[path] ?? "merge"
    if (isPlainObject(after) && policy !== "replace") {
      const isList = Array.isArray(before) && hasItems(layer, path, after)
      const base = isList ? { ...before } : isPlainObject(before) ? before : {}
      const merged = mergeObjects(base, after, policies, `${path}.`, layer)
      setOwn(result, name, isList ? listOf(merged, path) : merged)
    } else if (policy === "append" && Array.isArray(before) && Array.isArray(after)) {
      setOwn(result, name, copyPlain([...before, ...after]))
    } else setOwn(result, name, copyPlain(after))
  }
  return result
}

/** Whether what a layer has at `path` is items of a list by their numbers, as those that variables name. */
export function hasItems({ name, variable }: Layer, path: string, values: PlainObject): boolean {
  if (name !== "environment" || variable?.(path.split(".")) !== undefined) return false
  return Object.keys(values).some((item) => /^\d+$/.test(item))
}

/** @throws `ERR_PERSIST_VALIDATION` for items that no list has: a number is left out, or something else is named. */
function listOf(items: PlainObject, path: string): unknown[] {
  const wrong = Object.keys(items).find((name, index) => name !== String(index))
  if (wrong === undefined) return Object.values(items)
  throw new PersistError(
    "ERR_PERSIST_VALIDATION",
    `The environment has a variable for "${path}.${wrong}", which is no item of the list that is there.`,
  )
}

/** The value at `path`, and whether there is one. */
export function valueAt(
  root: unknown,
  path: readonly string[],
): { readonly isThere: boolean; readonly value: unknown; readonly isBlocked: boolean } {
  let value = root
  for (const name of path) {
    if (Array.isArray(value)) {
      const index = itemIndex(value, name)
      if (index === undefined) return { isThere: false, value: undefined, isBlocked: true }
      value = value[index]
    } else if (isPlainObject(value)) {
      if (!Object.hasOwn(value, name)) return { isThere: false, value: undefined, isBlocked: false }
      value = value[name]
    } else return { isThere: false, value: undefined, isBlocked: value !== undefined }
  }
  return { isThere: value !== undefined, value, isBlocked: false }
}
