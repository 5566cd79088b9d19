import { execFileSync } from "node:child_process"
import { type Comparison, type ComparisonOptions, type Contender, compare } from "./measure.ts"

/**
 * `compare` for contenders that write files: every round begins on a disk with nothing waiting. Otherwise
 * whoever syncs pays for what the contender before it left unsynced, since a journal commits everybody's
 * changes at once.
 */
export function compareOnSettledDisk(
  title: string,
  ours: Contender,
  peers: readonly Contender[],
  options?: ComparisonOptions,
): Promise<Comparison> {
  const settle = () => execFileSync("sync")
  return compare(title, ours, peers, { ...options, settle })
}
