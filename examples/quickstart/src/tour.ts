import { FileStorage } from "@persist/file"
import { ConfigManager, StateManager } from "@persist/managers"
import { askTwice } from "./ask-twice.ts"
import { type InventoryState, nextState, stateName } from "./inventory-state.ts"
import { killDuringSave, unfinishedFiles } from "./killed-save.ts"
import { readLockfile } from "./lockfile.ts"
import { Report } from "./report.ts"
import { storeInventory } from "./store-inventory.ts"
import * as words from "./words.ts"

/** What the tour reads, and where it keeps everything. */
export interface TourOptions {
  /** Path of a pnpm lockfile. */
  readonly lockfile: string
  readonly directory: string
}

/** The whole tour: one program that uses formats, files, SQL, a cache, states and configurations. */
export async function tour({ lockfile, directory }: TourOptions): Promise<void> {
  console.log("persist: what was saved is there")
  const report = new Report()
  await using storage = new FileStorage({ directory })
  const states = new StateManager({ storage })
  const configs = new ConfigManager({ storage, format: "yaml" })

  const earlier = await report.step(
    "load the earlier state",
    "Look for the state of an earlier run",
    () => states.loadState<InventoryState>(stateName),
    (state) => words.earlier(state),
  )
  const packages = await report.step(
    "read the lockfile",
    "Read this repository's pnpm-lock.yaml through YamlSerializer",
    () => readLockfile(lockfile),
    (found) => words.inventory(found, earlier),
  )
  await using database = await storeInventory(report, packages, directory)
  await askTwice(report, database)

  const state = nextState(packages, earlier)
  await report.step(
    "save the state, with backup and version",
    "Save a state: what it replaces is kept as a backup, and this one as a version for good",
    async () => {
      const info = await states.saveState(stateName, state, { checkpoint: `run ${state.runs}` })
      const backups = await storage.backups(stateName, { subfolder: "states" })
      const versions = await states.history(stateName)
      const first = await states.loadState<InventoryState>(stateName, { at: "run 1" })
      return { info, backups, versions, first }
    },
    words.saved,
  )
  await report.step(
    "update the configuration",
    "Update a configuration: what the update does not name stays as it is",
    () =>
      configs.updateConfig("tour", {
        runs: { count: state.runs, last: new Date().toISOString() },
        ...(earlier === undefined && { answers: { limit: 3, unit: "packages" } }),
      }),
    (config) => JSON.stringify(config),
  )
  await report.step(
    "start children, kill them, load the state",
    "Kill a child process in the middle of saving that state",
    async () => {
      const killed = await killDuringSave(directory)
      const unfinished = await unfinishedFiles(directory)
      return { killed, unfinished, state: await states.loadState<InventoryState>(stateName) }
    },
    words.killed,
  )
  await report.summary(directory)
}
