import type { Faults, Pick } from "./faulty-proxy.ts"

/** How a history is made. */
export interface HistoryPlan {
  readonly storages: number
  readonly keys: number
  /** How often each storage asks for some things at once. */
  readonly rounds: number
  readonly faults: Faults
  /** Whether values are above 16 KiB too, and above 512 KiB. */
  readonly isLarge: boolean
  /** Whether some values expire while it goes on. */
  readonly isPerishable: boolean
  /** How many versions are kept. */
  readonly versions: number
  /** Milliseconds. */
  readonly timeout: number
}

/** What a server answers that will carry the same out a little later. */
const answers = ["LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN", "READONLY"]

/** A history by chance. */
export function planBy(pick: Pick): HistoryPlan {
  return {
    storages: 2 + pick(2),
    keys: 1 + pick(2),
    rounds: 4 + pick(8),
    faults: {
      rate: [5, 20, 60, 150][pick(4)]!,
      longest: [10, 100, 700][pick(3)]!,
      answers: pick(2) === 0 ? [] : answers.map((answer) => `${answer} for now`),
    },
    isLarge: pick(2) === 0,
    isPerishable: pick(3) === 0,
    versions: pick(3) === 0 ? 3 : Number.POSITIVE_INFINITY,
    timeout: 800,
  }
}
