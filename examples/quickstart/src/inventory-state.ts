import { createHash } from "node:crypto"
import type { LockedPackage } from "./lockfile.ts"

/** What the tour remembers between two runs. */
export interface InventoryState {
  /** How often it was saved. */
  readonly saves: number
  readonly packages: readonly LockedPackage[]
  /** Fingerprint of `packages`, to show that nothing of a state is lost or mixed with another's. */
  readonly fingerprint: string
}

/** The name that the state is saved under. */
export const stateName = "inventory"

/** The next state over the previous one. */
export function nextState(
  packages: readonly LockedPackage[],
  previous: InventoryState | undefined,
): InventoryState {
  return { saves: (previous?.saves ?? 0) + 1, packages, fingerprint: fingerprintOf(packages) }
}

/** Whether every byte of a state is there. */
export function isWhole(state: InventoryState): boolean {
  return fingerprintOf(state.packages) === state.fingerprint
}

export function fingerprintOf(packages: readonly LockedPackage[]): string {
  return createHash("sha256").update(JSON.stringify(packages)).digest("hex").slice(0, 16)
}
