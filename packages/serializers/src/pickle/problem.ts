import type { Limits } from "@persist/core/values"

/** Thrown inside the writer, which then finds out where in the graph it is. */
export class Problem extends Error {
  readonly limit: keyof Limits | undefined

  constructor(message: string, limit?: keyof Limits, cause?: unknown) {
    super(message, { cause })
    this.limit = limit
  }
}
