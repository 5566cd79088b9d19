import { createHash } from "node:crypto"
import type { LockedPackage } from "./lockfile.ts"

/** What the tour remembers between two runs. */
export interface InventoryState {
  /** How often the tour was run. */
  readonly runs: number
  /** How often it was saved, by the tour or by one of its children. */
  readonly saves: number
  readonly packages: readonly LockedPackage[]
  /** Fingerprint of `packages`, to show that nothing of a state is lost or mixed with another's. */
  readonly fingerprint: string
}

/** The name that the state is saved under. */
export const stateName = "inventory"

/** The state of this run, over that of the previous one. */
export function nextState(
  packages: readonly LockedPackage[],
  { runs, saves }: Pick<InventoryState, "runs" | "saves"> = { runs: 0, saves: 0 },
): InventoryState {
  return { runs: runs + 1, saves: saves + 1, packages, fingerprint: fingerprintOf(packages) }
}

/** Whether every byte of a state is there. */
export function isWhole(state: InventoryState): boolean {
  return fingerprintOf(state.packages) === state.fingerprint
}

export function fingerprintOf(packages: readonly LockedPackage[]): string {
  return createHash("sha256").update(JSON.stringify(packages)).digest("hex").slice(0, 16)
}
