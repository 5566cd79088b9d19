import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Conf from "conf"
import { JSONFilePreset } from "lowdb/node"
import { seededRandom } from "../../.ci/seeded-random.ts"
import { FileStorage } from "../../packages/file/dist/index.js"
import { ConfigManager, openConfigSync } from "../../packages/managers/dist/index.js"
import { type Comparison, compare } from "../measure.ts"

/** A configuration of about `size` bytes as JSON. */
function configuration(size: number, seed: number): Record<string, unknown> {
  const next = seededRandom(seed)
  const value: Record<string, unknown> = { counter: 0 }
  for (let length = 0; length < size; ) {
    const section = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`setting${index}`, `value ${next().toString(36)}`]),
    )
    value[`section${Object.keys(value).length}`] = section
    length += JSON.stringify(section, undefined, 2).length + 30
  }
  return value
}

/** One key set and saved: `updateConfig` against `conf.set` and lowdb, each with its own file. */
export async function updates(directory: string, size: number, seed: number, target: number) {
  const value = configuration(size, seed)
  const name = `set-${size}`
  // conf syncs the file but not its folder, so ours does the same here.
  const storage = new FileStorage({ directory: join(directory, name), durability: "file" })
  const configs = new ConfigManager({ storage })
  await configs.saveConfig("app", value)
  const conf = new Conf({ cwd: join(directory, name), configName: "conf" })
  conf.store = value
  const low = await JSONFilePreset<Record<string, unknown>>(
    join(directory, name, "low.json"),
    value,
  )
  const hand = join(directory, name, "hand.json")
  writeFileSync(hand, JSON.stringify(value))
  let counter = 0
  const label = size >= 2 ** 20 ? `${size / 2 ** 20} MB` : `${size / 2 ** 10} KB`
  const result = await compare(
    `set one key of ${label}`,
    {
      name: "ConfigManager.updateConfig",
      run: () => configs.updateConfig("app", { counter: ++counter }),
    },
    [
      {
        name: "conf set",
        lacks: "keeps no formatting; the last of two writers wins",
        target,
        run: () => conf.set("counter", ++counter),
      },
      {
        name: "lowdb write",
        lacks: "no fsync, does not read what others wrote",
        run: () =>
          low.update((data) => {
            data.counter = ++counter
          }),
      },
      {
        name: "JSON file by hand",
        lacks: "not atomic, no fsync",
        run: () => {
          const current = JSON.parse(readFileSync(hand, "utf8"))
          current.counter = ++counter
          writeFileSync(hand, JSON.stringify(current))
        },
      },
    ],
    // What takes a millisecond is code that has run warm long before, on every side.
    size < 2 ** 16 ? { rounds: 200, warmup: 50 } : { rounds: 25 },
  )
  await storage.close()
  return result
}

/** One value read: typed dotted access against `conf.get`, which reads the file each time. */
export async function gets(directory: string, seed: number): Promise<Comparison> {
  const value = configuration(1024, seed)
  mkdirSync(join(directory, "get"), { recursive: true })
  const project = join(directory, "get", "app.json")
  writeFileSync(project, JSON.stringify(value))
  const config = openConfigSync<{ section1: { setting3: string } }>({ project })
  const conf = new Conf({ cwd: join(directory, "get"), configName: "conf" })
  conf.store = value
  const times = 1000
  return compare(
    "get one value of 1 KB",
    {
      name: "Config.get",
      run: () => {
        for (let turn = 0; turn < times; turn++) config.get("section1.setting3")
      },
    },
    [
      {
        name: "conf get",
        lacks: "reads and parses the file at every get",
        target: 0.05,
        run: () => {
          for (let turn = 0; turn < times; turn++) conf.get("section1.setting3")
        },
      },
    ],
    { operations: times },
  )
}
