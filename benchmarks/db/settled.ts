import { type Comparison, type ComparisonOptions, type Contender, compare } from "../measure.ts"

/**
 * `compare` for contenders that make native statements: every round begins with nothing left for the event
 * loop to do. Otherwise whoever lets the loop turn pays for what the others left to finalize.
 */
export function compareSettled(
  title: string,
  ours: Contender,
  peers: readonly Contender[],
  options?: ComparisonOptions,
): Promise<Comparison> {
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return compare(title, ours, peers, { ...options, settle })
}
