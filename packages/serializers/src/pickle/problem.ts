import { types } from "node:util"
import {
  describeValue,
  encodeError,
  formatPath,
  type Limits,
  limitError,
  type PathSegment,
  type ResolvedLimits,
} from "@persist/core/values"

/** Thrown inside the writer, which then finds out where in the graph it is. */
export class Problem extends Error {
  readonly limit: keyof Limits | undefined
  /** The container that it is about, where that is not the child in progress. */
  readonly at: object | undefined

  constructor(message: string, limit?: keyof Limits, cause?: unknown, at?: object) {
    super(message, { cause })
    this.limit = limit
    this.at = at
  }
}

/** A container that a getter or a trap changed; what was written of it could not be read. */
export function changed(container: object): Problem {
  return new Problem("changed while it was written", undefined, undefined, container)
}

/** The error for a problem, now that its place is known. */
export function explainProblem(
  problem: Problem,
  path: readonly PathSegment[],
  limits: ResolvedLimits,
): Error {
  if (problem.limit !== undefined) return limitError(problem.limit, limits, formatPath(path))
  const remedy = "leave it out, convert it, or register its class"
  return encodeError(path, problem.message, remedy, problem.cause)
}

/** Throws a `Problem` for what is more underneath than an object with properties, whatever its prototype says. */
export function refuseDisguise(value: object): void {
  if (isMoreThanProperties(value))
    throw new Problem(`is ${describeValue(value)} that is no plain data underneath`)
}

/** Whether an object has contents that its properties do not show. */
export function isMoreThanProperties(value: object): boolean {
  const tag = Object.prototype.toString.call(value)
  return tag !== "[object Object]" || hasHiddenContents.some((has) => has(value))
}

const hasHiddenContents = [
  types.isMap,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
  types.isPromise,
  types.isAnyArrayBuffer,
  types.isArrayBufferView,
]
