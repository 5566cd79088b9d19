/** What one part of the torture is given. */
export interface TortureInput {
  readonly seed: number
  /** When to stop, by `performance.now()`. */
  readonly until: number
  /** When to stop, by what was killed. @default never */
  readonly kills?: number
}

/** Throws unless `condition` holds: a torture has no test runner. */
export function must(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Error(what())
}
