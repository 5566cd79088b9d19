import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { StorageOptions } from "@persist/core"
import { storageConformance } from "@persist/core/conformance"
import Database from "better-sqlite3"
import { afterAll, describe, expect, test } from "vitest"
import { DatabaseStorage, type TableStorage } from "../src/index.ts"

const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
const databases = new Map<TableStorage, DatabaseStorage>()
let files = 0

function open(connection: string, options: StorageOptions): TableStorage {
  const database = new DatabaseStorage(connection)
  const storage = database.storage("states", options)
  databases.set(storage, database)
  return storage
}

async function damage(storage: TableStorage, key: string, bytes: Uint8Array): Promise<void> {
  const database = databases.get(storage)!
  await database.executeSql("update persist_states set bytes = :bytes where name = :key", {
    bytes,
    key,
  })
}

afterAll(async () => {
  for (const database of databases.values()) await database.close()
  rmSync(directory, { recursive: true })
})

storageConformance<TableStorage>(
  { describe, test },
  { name: "TableStorage in memory", open: (options) => open("sqlite::memory:", options), damage },
)

const connections = new WeakMap<TableStorage, string>()

storageConformance<TableStorage>(
  { describe, test },
  {
    name: "TableStorage on a SQLite file",
    open(options) {
      const connection = `sqlite:${join(directory, `${files++}.db`)}`
      const storage = open(connection, options)
      connections.set(storage, connection)
      return storage
    },
    reopen(storage, options) {
      const connection = connections.get(storage)!
      const other = open(connection, options)
      connections.set(other, connection)
      return other
    },
    damage,
  },
)

test("a TableStorage in a database of UTF-16 lists what is in a folder, and nothing else", async () => {
  const path = join(directory, "wide.db")
  const made = new Database(path)
  made.exec("pragma encoding = 'UTF-16le'; create table t (n)")
  made.close()
  await using database = new DatabaseStorage(`sqlite:${path}`)
  const storage = database.storage("states")
  for (const key of ["a/b", "a/\u012f", "a\u012fx", "a0"]) await storage.save(key, key)
  expect(await storage.list({ subfolder: "a" })).toEqual(["b", "\u012f"])
  const found: string[] = []
  for await (const { key } of storage.entries({ subfolder: "a" })) found.push(key)
  expect(found.sort()).toEqual(["b", "\u012f"])
})

describe("TableStorage in a session", () => {
  test("commits and rolls back together with rows", async () => {
    const database = new DatabaseStorage(`sqlite:${join(directory, "together.db")}`)
    const states = database.storage("states")
    const games = await database.createTable("games", { name: "text" })
    const failing = database.getSession(async () => {
      await states.save("game", { level: 1 }, { version: true })
      states.saveSync("other", 1)
      await games.insert({ name: "game" })
      throw new Error("no")
    })
    await expect(failing).rejects.toThrow("no")
    expect(await states.list()).toEqual([])
    await database.getSession(async () => {
      await states.save("game", { level: 2 }, { version: true })
      states.saveSync("other", 2)
      await games.insert({ name: "game" })
      expect(await states.load("game")).toEqual({ level: 2 })
      expect(states.loadSync("other")).toBe(2)
    })
    expect(await states.list()).toEqual(["game", "other"])
    expect(await games.count()).toBe(1)
    await database.close()
    await expect(states.load("game")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("refuses a synchronous call while a session elsewhere writes", async () => {
    const database = new DatabaseStorage(`sqlite:${join(directory, "busy.db")}`)
    const states = database.storage("states")
    await database.getSession(async () => {
      expect(() => database.outside(() => states.saveSync("a", 1))).toThrow("cannot wait")
    })
    await database.close()
  })
})
