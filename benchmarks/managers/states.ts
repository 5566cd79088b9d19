import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { FileStorage } from "../../packages/file/dist/index.js"
import { StateManager } from "../../packages/managers/dist/index.js"
import { type Comparison, compare } from "../measure.ts"

const state = {
  level: 3,
  items: Array.from({ length: 30 }, (_, id) => ({ id, name: `item ${id}` })),
}

/** `saveState` against the storage underneath, both with a backup. */
export async function saves(directory: string): Promise<Comparison> {
  const storage = new FileStorage({ directory: join(directory, "save") })
  const states = new StateManager({ storage })
  const result = await compare(
    "save a state",
    { name: "StateManager.saveState", run: () => states.saveState("game", state) },
    [
      {
        name: "FileStorage.save",
        lacks: "no metadata",
        target: 1.2,
        run: () => storage.save("game", state, { subfolder: "plain", backup: true }),
      },
    ],
    { rounds: 60, warmup: 10 },
  )
  await storage.close()
  return result
}

/** Changes of a live state; the peer is a clock that takes 2 µs for each. */
export async function liveChanges(directory: string): Promise<Comparison> {
  const states = new StateManager({ directory: join(directory, "live") })
  const initial = { count: 0, player: { position: { x: 0, y: 0 }, name: "ann" } }
  const live = await states.open("game", { initial, delay: "1h" })
  const times = 20_000
  const result = await compare(
    "change a live state",
    {
      name: "LiveState.update",
      run: () => {
        for (let turn = 0; turn < times; turn++) {
          live.update((draft) => {
            draft.player.position.x++
          })
        }
      },
    },
    [
      {
        name: "2 µs",
        target: 1,
        run: () => {
          const end = process.hrtime.bigint() + BigInt(times * 2000)
          while (process.hrtime.bigint() < end);
        },
      },
    ],
    { operations: times },
  )
  await live.close()
  await states.close()
  return result
}

/** Ten thousand states with their info against `readdir` and `stat` of each file. */
export async function listings(directory: string): Promise<Comparison> {
  const folder = join(directory, "list")
  const states = new StateManager({
    storage: new FileStorage({ directory: folder, durability: "none" }),
  })
  for (let n = 0; n < 10_000; n++) await states.saveState(`state-${n}`, { n })
  const result = await compare(
    "list 10,000 states with info",
    {
      name: "StateManager.infos",
      run: async () => {
        let count = 0
        for await (const { size } of states.infos()) if (size > 0) count++
        if (count !== 10_000) throw new Error(`${count} states`)
      },
    },
    [
      {
        name: "readdir and stat",
        target: 1.3,
        run: async () => {
          const files = await readdir(join(folder, "states"))
          let count = 0
          for (const file of files) {
            if ((await stat(join(folder, "states", file))).size > 0) count++
          }
          if (count !== 10_000) throw new Error(`${count} files`)
        },
      },
    ],
    { rounds: 9 },
  )
  await states.storage.close()
  return result
}
