import { join } from "node:path"
import { seededRandom } from "../../.ci/seeded-random.ts"
import type { Comparison, Contender } from "../measure.ts"
import { compareSettled } from "./settled.ts"
import { directory, ours } from "./subjects.ts"

interface KeyValue {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
}

const keyCount = 500

export async function keyValueComparisons(seed: number): Promise<Comparison[]> {
  const next = seededRandom(seed + 2)
  const storage = ours.storage("bench")
  const keyv = await openKeyv()
  const values = Array.from({ length: keyCount }, (_, index) => ({
    index,
    text: `text ${next()}`,
    list: [1, 2, 3],
  }))
  const peer = (run: (keyv: KeyValue) => Promise<unknown>, target: number): Contender[] =>
    keyv === undefined
      ? []
      : [
          {
            name: "Keyv over @keyv/sqlite",
            lacks: "revisions, history",
            target,
            run: () => run(keyv),
          },
        ]
  const save = async (set: KeyValue["set"]) => {
    for (const [index, value] of values.entries()) await set(`key-${index}`, value)
  }
  const load = async (get: KeyValue["get"]) => {
    for (let index = 0; index < keyCount; index++) await get(`key-${index}`)
  }
  return [
    await compareSettled(
      "TableStorage on SQLite: save",
      { name: "TableStorage.save", run: () => save((key, value) => storage.save(key, value)) },
      peer((keyv) => save((key, value) => keyv.set(key, value)), 0.5),
      { operations: keyCount },
    ),
    await compareSettled(
      "TableStorage on SQLite: load",
      { name: "TableStorage.load", run: () => load((key) => storage.load(key)) },
      peer((keyv) => load((key) => keyv.get(key)), 0.2),
      { operations: keyCount },
    ),
  ]
}

/** Its driver sqlite3 has to be compiled, which our installation does not do: without it the peer is left out, aloud. */
async function openKeyv(): Promise<KeyValue | undefined> {
  try {
    const [{ default: Keyv }, { default: KeyvSqlite }] = await Promise.all([
      import("keyv"),
      import("@keyv/sqlite"),
    ])
    const store = new KeyvSqlite({ uri: `sqlite://${join(directory, "keyv.db")}` })
    return new Keyv({ store: store as never }) as KeyValue
  } catch (error) {
    console.warn(
      `LEFT OUT: @keyv/sqlite does not load (${(error as Error).message.split("\n")[0]}). Build its driver: pnpm rebuild sqlite3`,
    )
    return undefined
  }
}
