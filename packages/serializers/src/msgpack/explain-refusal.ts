import { types } from "node:util"
import {
  describeValue,
  encodeError,
  formatPath,
  isPlainObject,
  type Limits,
  limitError,
  type PathSegment,
} from "@persist/core/values"
import type { MsgpackConfiguration } from "./msgpack-serializer.ts"

/** Why a value cannot be written: what it is, a problem in words, or a limit. */
export interface Refusal {
  readonly value?: unknown
  readonly problem?: string
  readonly cause?: unknown
  readonly limit?: keyof Limits
}

interface Frame {
  readonly container: object
  readonly entries: Iterator<readonly [PathSegment, unknown]>
  segment: PathSegment
}

/** Makes the error for what was refused as node number `node`, which a second walk finds. */
export function explainRefusal(
  root: unknown,
  node: number,
  refusal: Refusal,
  { limits }: MsgpackConfiguration,
): Error {
  const { path, isCycle } = locate(root, node)
  if (isCycle)
    return encodeError(path, "refers back to a value that it is inside of (a cycle)", remedy)
  if (refusal.limit !== undefined) return limitError(refusal.limit, limits, formatPath(path))
  const problem = refusal.problem ?? describeRefused(refusal.value)
  return encodeError(path, problem, remedy, refusal.cause)
}

function describeRefused(value: unknown): string {
  // Every other plain object is written.
  if (typeof value === "object" && value !== null && isPlainObject(value))
    return 'is a plain object, which maps: "map" would bring back as a Map'
  return `is ${describeValue(value)}, which MessagePack cannot hold`
}

/** The path to what throws when it is read, which is node number `node` or the container around it. */
export function pathToUnreadable(root: unknown, node: number): readonly PathSegment[] {
  const stack: Frame[] = []
  try {
    return locate(root, node, stack).path
  } catch {
    return stack.slice(0, -1).map(({ segment }) => segment)
  }
}

const remedy = "convert it first, allow an extension for it, or use PickleSerializer"

function locate(
  root: unknown,
  node: number,
  stack: Frame[] = [],
): { path: PathSegment[]; isCycle: boolean } {
  const open = new Set<object>()
  let value = root
  for (let count = 1; ; count++) {
    const isContainer = typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
    const isCycle = isContainer && open.has(value as object)
    if (count === node || isCycle) return { path: stack.map(({ segment }) => segment), isCycle }
    if (isContainer) {
      open.add(value as object)
      stack.push({ container: value as object, entries: children(value as object), segment: 0 })
    }
    for (;;) {
      const frame = stack.at(-1)
      if (frame === undefined) return { path: [], isCycle: false }
      const next = frame.entries.next()
      if (!next.done) {
        frame.segment = next.value[0]
        value = next.value[1]
        break
      }
      stack.pop()
      open.delete(frame.container)
    }
  }
}

function* children(container: object): Generator<readonly [PathSegment, unknown]> {
  if (Array.isArray(container)) {
    for (let index = 0; index < container.length; index++) yield [index, container[index]]
  } else if (types.isMap(container) && !isPlainObject(container)) {
    let index = 0
    for (const [key, value] of container) {
      yield [{ part: `key ${index}` }, key]
      yield [typeof key === "string" ? key : { part: `value ${index}` }, value]
      index++
    }
  } else yield* Object.entries(container)
}
