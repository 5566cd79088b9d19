import type { HistoryEntry } from "@persist/core"
import type { Checkpoint, StateInfo } from "@persist/managers"
import { fingerprintOf, type InventoryState, isWhole } from "./inventory-state.ts"
import type { KilledSave } from "./killed-save.ts"
import type { LockedPackage } from "./lockfile.ts"
import { bytes } from "./report.ts"

// What the tour says about what it found.

export function earlier(state: InventoryState | undefined): string {
  if (state === undefined) return "There is none: this is the first run. Run it again afterwards."
  const whole = isWhole(state) ? "whole" : "DAMAGED"
  return `Found it, ${whole}: run ${state.runs}, save ${state.saves}, ${state.packages.length} packages.`
}

export function inventory(
  packages: readonly LockedPackage[],
  before: InventoryState | undefined,
): string {
  const needs = packages.reduce((sum, one) => sum + one.needs.length, 0)
  const same = before?.fingerprint === fingerprintOf(packages)
  const news =
    before === undefined
      ? ""
      : same
        ? ", the same as in the earlier run"
        : ", changed since the earlier run"
  return `${packages.length} packages that need each other in ${needs} ways${news}.`
}

export function saved(result: {
  readonly info: StateInfo
  readonly backups: readonly HistoryEntry[]
  readonly versions: readonly Checkpoint[]
  readonly first: InventoryState | undefined
}): string {
  const { info, backups, versions, first } = result
  const labels = versions.map(({ label }) => `"${label}"`).join(", ")
  return [
    `${bytes(info.size)} on the disk, with ${backups.length} backups beside it.`,
    `Versions: ${labels}. "run 1" still has its ${first?.packages.length} packages.`,
  ].join("\n")
}

export function killed(result: {
  readonly killed: KilledSave
  readonly unfinished: number
  readonly state: InventoryState | undefined
}): string {
  const { killed, unfinished, state } = result
  if (state === undefined || !isWhole(state)) throw new Error("The state did not survive the kill.")
  if (state.saves < killed.finished) throw new Error(`Save ${killed.finished} is lost.`)
  const others = killed.attempts - 1
  const again = others > 0 ? ` (after ${others} that died between two saves)` : ""
  const left =
    unfinished > 0 ? " A half-made file lies beside it, which nobody takes for a state." : ""
  return [
    `Killed while save ${killed.begun} was under way${again}; save ${killed.finished} was the last one finished.`,
    `The state is whole: it is save ${state.saves}, and its ${state.packages.length} packages match their fingerprint.${left}`,
  ].join("\n")
}
