import { isDeepStrictEqual } from "node:util"
import { PersistError } from "@persist/core/options"
import { itemIndex } from "../list-item.ts"
import { copyPlain, isPlainObject, type PlainObject, setOwn } from "../plain-object.ts"
import { deepestWritten, isTooDeep } from "./deepest.ts"

/** One change of a configuration: the value at `path` is replaced, or removed when `value` is undefined. */
export interface ConfigEdit {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/** How `updateConfig` combines the new values with those that stand. */
export type ConfigMerge = "deep" | "shallow"

/** `updates` as they are now, whatever their owner makes of them later; what is too deep is refused as it is. */
export function copyOf(updates: PlainObject): PlainObject {
  if (isFlat(updates)) return { ...updates }
  return isTooDeep(updates) ? updates : (copyPlain(updates) as PlainObject)
}

/** Whether nothing in it can change: what most updates are. */
function isFlat(updates: PlainObject): boolean {
  for (const name of Object.keys(updates)) {
    const value = updates[name]
    if (typeof value === "object" && value !== null) return false
  }
  return true
}

/**
 * The edits that bring `updates` into `current`. Deep: plain objects merge, everything else
 * (arrays, null) replaces; `undefined` removes. Shallow: the same for the top level alone.
 */
export function planUpdate(
  current: PlainObject,
  updates: PlainObject,
  merge: ConfigMerge,
): ConfigEdit[] {
  const edits: ConfigEdit[] = []
  collectEdits(current, updates, merge, [], edits)
  return edits
}

function collectEdits(
  current: PlainObject,
  updates: PlainObject,
  merge: ConfigMerge,
  path: readonly string[],
  edits: ConfigEdit[],
): void {
  if (path.length >= deepestWritten) throw unfit(tooDeep)
  for (const name of Object.keys(updates)) {
    const there = Object.hasOwn(current, name)
    const before = there ? current[name] : undefined
    const after = updates[name]
    if (merge === "deep" && isPlainObject(after) && isPlainObject(before)) {
      collectEdits(before, after, merge, [...path, name], edits)
      continue
    }
    const value = withoutUndefined(after)
    if (value === undefined ? !there : there && isSame(before, value)) continue
    edits.push({ path: [...path, name], value })
  }
}

function isSame(before: unknown, value: unknown): boolean {
  if (typeof value !== "object") return Object.is(before, value)
  return isDeepStrictEqual(before, value)
}

/**
 * `current` with the edits made; `current` itself stays as it is. To remove what is not there changes nothing.
 *
 * @throws `ERR_PERSIST_INVALID_ARGUMENT` for what can be no item of a list.
 */
export function applyEdits(current: PlainObject, edits: readonly ConfigEdit[]): PlainObject {
  // A container is copied once, however many edits change it.
  const copies = new Set<object>()
  return edits.reduce(
    (value, { path, value: next }) => withEdit(value, path, next, copies),
    current,
  )
}

function withEdit(
  container: PlainObject,
  [name, ...rest]: readonly (string | number)[],
  next: unknown,
  copies: Set<object>,
): PlainObject {
  if (rest.length >= deepestWritten) throw unfit(tooDeep)
  const copy = copies.has(container) ? container : copied(container)
  copies.add(copy)
  const key = String(name)
  const isThere = Array.isArray(copy)
    ? itemIndex(copy, key) !== undefined
    : Object.hasOwn(copy, key)
  if (Array.isArray(copy) && !isThere && next !== undefined) assertNext(copy, key)
  if (rest.length > 0) {
    const inner = isThere ? copy[key] : undefined
    const isContainer = isPlainObject(inner) || Array.isArray(inner)
    if (isContainer || next !== undefined) {
      setOwn(copy, key, withEdit(isContainer ? (inner as PlainObject) : {}, rest, next, copies))
    }
  } else if (next !== undefined) setOwn(copy, key, next)
  else if (isThere && Array.isArray(copy)) copy.splice(Number(key), 1)
  else if (isThere) delete copy[key]
  return copy
}

function copied(container: PlainObject): PlainObject {
  return Array.isArray(container)
    ? (Array.from(container) as unknown as PlainObject)
    : { ...container }
}

/** Whether a list may get the item at its end. */
function assertNext(list: readonly unknown[], key: string): void {
  if (key === String(list.length)) return
  throw new PersistError(
    "ERR_PERSIST_INVALID_ARGUMENT",
    `"${key}" can be no item of a list of ${list.length}; give a number from 0 to ${list.length}.`,
  )
}

/**
 * A copy of plain data without `undefined` inside objects, which no format can hold.
 *
 * @param around The containers that hold `value`. @throws `ERR_PERSIST_ENCODE` for what holds itself, or is nested too deeply.
 */
export function withoutUndefined(value: unknown, around: Set<unknown> = new Set()): unknown {
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  if (around.has(value)) throw unfit("holds itself, which no format can; copy what it needs")
  if (around.size >= deepestWritten) throw unfit(tooDeep)
  around.add(value)
  const copy = Array.isArray(value)
    ? Array.from(value, (item) => withoutUndefined(item, around))
    : withoutMembers(value, around)
  around.delete(value)
  return copy
}

const tooDeep = `is nested more than ${deepestWritten} levels deep`

function unfit(why: string): PersistError {
  return new PersistError("ERR_PERSIST_ENCODE", `A value of a configuration ${why}.`)
}

function withoutMembers(object: PlainObject, around: Set<unknown>): PlainObject {
  const copy: PlainObject = {}
  for (const name of Object.keys(object)) {
    if (object[name] !== undefined) setOwn(copy, name, withoutUndefined(object[name], around))
  }
  return copy
}
