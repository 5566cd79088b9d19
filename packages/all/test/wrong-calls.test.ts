import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  DatabaseStorage,
  detect,
  FileStorage,
  globMatcher,
  LogManager,
  mysqlDialect,
  PersistError,
  postgresDialect,
  resolveDirectory,
  SimpleStorage,
  StateManager,
  sqliteDialect,
  withLease,
  withLock,
  writeFileAtomic,
} from "../src/index.ts"

let directory: string
let storage: FileStorage
let states: StateManager
let logs: LogManager
const database = new DatabaseStorage("sqlite::memory:")
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-wrong-calls-"))
  storage = new FileStorage({ directory })
  states = new StateManager({ storage })
  logs = new LogManager({ storage })
})
afterAll(async () => {
  await Promise.all([logs.close(), states.close(), database.close()])
  await storage.close()
  await rm(directory, { recursive: true })
})

/** What nobody's types allow, as JavaScript passes it all the same. */
const wrong = (value: unknown) => value as never
const elsewhere = new URL("file://elsewhere/data")

const calls: readonly (readonly [string, "ARGUMENT" | "OPTION", () => unknown])[] = [
  ["new SimpleStorage(null)", "OPTION", () => new SimpleStorage(wrong(null))],
  ["new SimpleStorage, misspelt", "OPTION", () => new SimpleStorage(wrong({ direktory: "x" }))],
  ["new FileStorage elsewhere", "OPTION", () => new FileStorage({ directory: elsewhere })],
  ["resolveDirectory(null)", "OPTION", () => resolveDirectory(wrong(null))],
  ["listFiles(null)", "OPTION", () => storage.listFiles(wrong(null))],
  ["listFiles, no serializer", "OPTION", () => storage.listFiles({ serializer: wrong("json") })],
  ["writeFileAtomic elsewhere", "ARGUMENT", () => writeFileAtomic(elsewhere, "text")],
  ["withLock without work", "ARGUMENT", () => withLock(join(directory, "lock"), wrong(undefined))],
  ["withLease without work", "ARGUMENT", () => withLease(wrong({}), "name", wrong("work"))],
  ["withLease without a store", "ARGUMENT", () => withLease(wrong({}), "name", () => 1)],
  ["globMatcher()", "ARGUMENT", () => globMatcher(wrong(undefined))],
  ["detect elsewhere", "OPTION", () => detect(elsewhere)],
  ["executeSql()", "ARGUMENT", () => database.executeSql(wrong(undefined))],
  ["executeSql(5)", "ARGUMENT", () => database.executeSql(wrong(5))],
  ["executeSql([])", "ARGUMENT", () => database.executeSql(wrong([]))],
  ["backup()", "ARGUMENT", () => database.backup(wrong(undefined))],
  ["backup('')", "ARGUMENT", () => database.backup("")],
  ["restore(5)", "ARGUMENT", () => database.restore(wrong(5))],
  ["outside('work')", "ARGUMENT", () => database.outside(wrong("work"))],
  ["storage(5)", "ARGUMENT", () => database.storage(wrong(5))],
  ["storage(5n)", "ARGUMENT", () => database.storage(wrong(5n))],
  ["createTable(5n)", "ARGUMENT", () => database.createTable(wrong(5n), {})],
  ["a database elsewhere", "OPTION", () => new DatabaseStorage("file://elsewhere/app.db")],
  ["sqliteDialect()", "OPTION", () => sqliteDialect(wrong(undefined))],
  ["sqliteDialect of PostgreSQL", "OPTION", () => sqliteDialect("postgres://127.0.0.1:1/x")],
  ["postgresDialect of SQLite", "OPTION", () => postgresDialect("sqlite::memory:")],
  ["mysqlDialect(null)", "OPTION", () => mysqlDialect(wrong(null))],
  ["thinHistory without a policy", "OPTION", () => states.thinHistory("a", wrong(undefined))],
  ["saveLog without entries", "ARGUMENT", () => logs.saveLog("app", wrong(undefined))],
  ["saveLog of one entry", "ARGUMENT", () => logs.saveLog("app", wrong({ message: "one" }))],
]

describe("a wrong call is refused by name:", () => {
  test.each(calls)("%s is ERR_PERSIST_INVALID_%s", async (_, kind, call) => {
    const error = await Promise.resolve()
      .then(call)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PersistError)
    expect(error).toMatchObject({ code: `ERR_PERSIST_INVALID_${kind}` })
  })

  test("an id of a copy that is no string is one that is not there", async () => {
    await storage.save("key", 1)
    for (const id of [5n, null, {}]) {
      await expect(storage.restore("key", wrong(id))).rejects.toMatchObject({
        code: expect.stringMatching(/ERR_PERSIST_(NOT_FOUND|INVALID_\w+)/),
      })
    }
  })

  test("a log of a name that is no string has no valid name", async () => {
    await expect(logs.append(wrong(5n), { message: "text" })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_KEY",
    })
  })
})
