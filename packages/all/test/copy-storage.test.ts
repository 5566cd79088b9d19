import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import {
  copyStorage,
  DatabaseStorage,
  FileStorage,
  StateManager,
  type Storage,
  YamlSerializer,
} from "../src/index.ts"

const root = mkdtempSync(join(tmpdir(), "persist-all-"))
afterAll(() => rmSync(root, { recursive: true }))

const kinds: readonly (readonly [string, () => Storage])[] = [
  [
    "FileStorage",
    () => new FileStorage({ directory: mkdtempSync(join(root, "files-")), durability: "none" }),
  ],
  ["TableStorage", () => new DatabaseStorage("sqlite::memory:").storage("values")],
]
const pairs = kinds.flatMap(([from, source]) =>
  kinds.map(([to, target]) => [from, to, source, target] as const),
)

async function contents(storage: Storage): Promise<unknown[]> {
  const all: unknown[] = []
  for (const key of await storage.list()) {
    const { value, entry } = (await storage.loadEntry(key))!
    all.push([key, value, entry.format, entry.size])
    for (const kind of ["versions", "backups"] as const) {
      for (const { id } of await storage[kind](key)) {
        all.push([kind, id, await storage.load(key, { version: id })])
      }
    }
  }
  return all
}

describe.each(pairs)("copyStorage from %s to %s", (_from, _to, open, openTarget) => {
  test("carries values, formats, versions and backups over", async () => {
    const [from, to] = [open(), openTarget()]
    const serializer = new YamlSerializer()
    for (let level = 1; level <= 4; level++) {
      await from.save("game", { level }, { version: level % 2 === 0, backup: true })
      await from.save("deep/er/\u00e9", [level], { backup: true, version: true })
      await from.save("notes", { level }, { serializer, version: true })
    }
    const wanted = await contents(from)
    const result = await copyStorage(from, to)
    expect(result).toMatchObject({ copied: 3, unchanged: 0 })
    expect(await contents(to)).toEqual(wanted)
    expect(await copyStorage(from, to)).toMatchObject({ copied: 0, unchanged: 3, bytes: 0 })
    await from.save("game", { level: 5 }, { backup: true })
    expect(await copyStorage(from, to)).toMatchObject({ copied: 1, unchanged: 2 })
    expect(await contents(to)).toEqual(await contents(from))
    await from.close()
    await to.close()
  })
})

test("states move from files to a database by changing one line", async () => {
  const files = new FileStorage({ directory: mkdtempSync(join(root, "states-")) })
  const states = new StateManager({ storage: files })
  await states.saveState("game", { level: 1 })
  await states.saveState("game", { level: 2 })
  const database = new DatabaseStorage("sqlite::memory:")
  const table = database.storage("values")
  await copyStorage(files, table)
  const moved = new StateManager({ storage: table })
  expect(await moved.loadState("game")).toEqual({ level: 2 })
  expect(await moved.listStates()).toEqual(await states.listStates())
  expect(await table.backups("states/game")).toHaveLength(1)
  await moved.saveState("game", { level: 3 })
  expect(await moved.loadState("game")).toEqual({ level: 3 })
  await states.close()
  await moved.close()
  await files.close()
  await database.close()
})
