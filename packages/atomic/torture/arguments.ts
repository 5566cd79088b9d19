/** What one part of the torture is given. */
export interface TortureInput {
  readonly seed: number
  /** When to stop, by `performance.now()`. */
  readonly until: number
  /** When to stop, by what was killed. @default never */
  readonly kills?: number
}

/** Reads `--seconds N` and `--seed N`. */
export function parseArguments(all: readonly string[]): { seconds: number; seed: number } {
  return {
    seconds: numberAfter(all, "--seconds", 60),
    seed: numberAfter(all, "--seed", Date.now() % 1e6),
  }
}

function numberAfter(all: readonly string[], flag: string, otherwise: number): number {
  const index = all.indexOf(flag)
  const value = index < 0 ? otherwise : Number(all[index + 1])
  if (value > 0) return value
  throw new Error(`${flag} wants a number above 0.`)
}

/** Throws unless `condition` holds: a torture has no test runner. */
export function must(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Error(what())
}
