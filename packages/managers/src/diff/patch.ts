import { types } from "node:util"
import { PersistError } from "@persist/core/options"
import { isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"

/**
 * One step from one value to another, as in JSON Patch (RFC 6902); paths are JSON pointers (RFC 6901).
 * `"text"` is ours: in the string at `path`, from code unit `at`, `remove` code units give way to `insert`.
 */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | {
      readonly op: "text"
      readonly path: string
      readonly at: number
      readonly remove: number
      readonly insert: string
    }

/** Also what changes the list of a map's entries, or of a set's items. */
export type StoredOperation =
  | PatchOperation
  | { readonly op: "entries"; readonly path: string; readonly patch: readonly StoredOperation[] }

/** One segment of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1")
}

/** The names in a JSON pointer. */
export function parsePointer(pointer: string): string[] {
  if (pointer === "") return []
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
}

/** Applies `patch` to `root`, which is changed in place where that is possible. @returns The new root. */
export function applyPatch(root: unknown, patch: readonly StoredOperation[]): unknown {
  const holder: PlainObject = { root }
  for (const operation of patch) {
    const names = ["root", ...parsePointer(operation.path)]
    const last = names.pop()!
    const container = names.reduce<unknown>((value, name) => member(value, name, operation), holder)
    applyOne(container, last, operation)
  }
  return holder.root
}

function member(container: unknown, name: string, operation: StoredOperation): unknown {
  if (Array.isArray(container) && Number(name) < container.length) return container[Number(name)]
  if (isPlainObject(container) && Object.hasOwn(container, name)) return container[name]
  throw mismatch(operation)
}

function applyOne(container: unknown, name: string, operation: StoredOperation): void {
  if (operation.op === "text") {
    const text = member(container, name, operation)
    if (typeof text !== "string") throw mismatch(operation)
    const { at, remove, insert } = operation
    setMember(container, name, text.slice(0, at) + insert + text.slice(at + remove))
  } else if (operation.op === "entries") {
    const collection = member(container, name, operation)
    if (!isCollection(collection)) throw mismatch(operation)
    setEntries(collection, applyPatch([...collection], operation.patch) as [unknown, unknown][])
  } else if (Array.isArray(container)) {
    const index = name === "-" ? container.length : Number(name)
    if (operation.op === "add") container.splice(index, 0, operation.value)
    else if (operation.op === "remove") container.splice(index, 1)
    else container[index] = operation.value
  } else if (operation.op !== "remove") setMember(container, name, operation.value)
  else if (isPlainObject(container)) delete container[name]
  else throw mismatch(operation)
}

/** Whether this is a map or a set, which a patch looks into. */
export function isCollection(value: unknown): value is Map<unknown, unknown> | Set<unknown> {
  return types.isMap(value) || types.isSet(value)
}

function setEntries(
  collection: Map<unknown, unknown> | Set<unknown>,
  entries: readonly [unknown, unknown][],
): void {
  collection.clear()
  for (const entry of entries) {
    if (types.isMap(collection)) collection.set(entry[0], entry[1])
    else collection.add(entry)
  }
}

function setMember(container: unknown, name: string, value: unknown): void {
  if (Array.isArray(container)) container[Number(name)] = value
  else setOwn(container as PlainObject, name, value)
}

function mismatch({ op, path }: StoredOperation): PersistError {
  return new PersistError(
    "ERR_PERSIST_CORRUPT",
    `A recorded change (${op} ${path}) does not fit the value that it was made for.`,
  )
}
