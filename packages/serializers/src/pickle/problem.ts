import {
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

  constructor(message: string, limit?: keyof Limits, cause?: unknown) {
    super(message, { cause })
    this.limit = limit
  }
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
