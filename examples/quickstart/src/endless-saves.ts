import { writeSync } from "node:fs"
import { StateManager } from "@persist/managers"
import { type InventoryState, stateName } from "./inventory-state.ts"

// A child of the tour: saves the state for ever and says so, until somebody kills it.
const states = new StateManager({ directory: process.argv[2]! })
let state = await states.loadState<InventoryState>(stateName)
if (state === undefined) throw new Error("There is no state to save again.")
while (true) {
  state = { ...state, saves: state.saves + 1 }
  // Written at once, not queued: what was said is out before the kill.
  writeSync(1, `begin ${state.saves}\n`)
  await states.saveState(stateName, state)
  writeSync(1, `done ${state.saves}\n`)
}
