import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

describe("DatabaseStorage.restore", () => {
  let directory: string
  let database: DatabaseStorage
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "persist-db-"))
    database = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
    await database.executeSql("create table notes (n integer primary key)")
    await database.executeSql("insert into notes values (0), (1), (2)")
  })
  afterEach(async () => {
    await database.close()
    rmSync(directory, { recursive: true })
  })

  const count = async () =>
    (await database.executeSql<{ n: number }>("select count(*) as n from notes")).rows[0]!.n

  test("stops at a signal, while it waits and while it copies", async () => {
    const path = join(directory, "backup.db")
    await database.backup(path)
    await database.executeSql("delete from notes where n > 0")
    const aborted = { code: "ERR_PERSIST_ABORTED" }
    const signal = AbortSignal.abort()
    await expect(database.restore(path, { signal })).rejects.toMatchObject(aborted)
    const abort = new AbortController()
    const inWay = database.getSession(async () => {
      const waiting = database.outside(() => database.restore(path, { signal: abort.signal }))
      abort.abort()
      await expect(waiting).rejects.toMatchObject(aborted)
    })
    await inWay
    // Of a database that another process has locked.
    const other = new Database(join(directory, "app.db"))
    other.exec("begin immediate")
    const soon = new AbortController()
    const copying = database.restore(path, { signal: soon.signal })
    setImmediate(() => soon.abort())
    await expect(copying).rejects.toMatchObject(aborted)
    other.exec("rollback")
    other.close()
    expect(await count()).toBe(1)
    expect(await database.checkIntegrity()).toEqual([])
    await database.restore(path, { signal: new AbortController().signal })
    expect(await count()).toBe(3)
  })

  test("gives back what it has borrowed, and refuses what it cannot mean", async () => {
    const path = join(directory, "backup.db")
    for (let time = 0; time < 6; time++) {
      await database.backup(path)
      await expect(database.backup(join(directory, "app.db"))).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_ARGUMENT",
        message: expect.stringContaining("would replace the database itself"),
      })
      await database.restore(path)
    }
    expect(database.statistics()).toMatchObject({ used: 0, waiting: 0 })
    const misspelt = { code: "ERR_PERSIST_INVALID_OPTION" }
    for (const operation of ["backup", "restore"] as const) {
      const call = database[operation](path, { singal: 1 } as object)
      await expect(call).rejects.toMatchObject(misspelt)
    }
  })

  test("has values read by what their columns are then", async () => {
    const path = join(directory, "backup.db")
    await database.executeSql("create table flags (value boolean)")
    await database.executeSql("insert into flags values (true)")
    await database.backup(path)
    await database.executeSql("drop table flags")
    await database.executeSql("create table flags (value integer)")
    await database.executeSql("insert into flags values (1)")
    const sql = "select * from flags"
    expect((await database.executeSql(sql)).rows).toEqual([{ value: 1 }])
    await database.restore(path)
    expect((await database.executeSql(sql)).rows).toEqual([{ value: true }])
    await database.getSession(async () => {
      expect((await database.executeSql(sql)).rows).toEqual([{ value: true }])
    })
  })
})
