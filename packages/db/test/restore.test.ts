import { writeFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { countNotes, openNotes, removeNotes } from "./support/notes.ts"

describe("DatabaseStorage.restore", () => {
  let directory: string
  let database: DatabaseStorage
  beforeEach(async () => {
    ;({ directory, database } = await openNotes(3))
  })
  afterEach(() => removeNotes({ directory, database }))

  const count = () => countNotes(database)

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

  test("restores when another process has ended its transaction, or says that it did not", async () => {
    const path = join(directory, "backup.db")
    await database.backup(path)
    await database.executeSql("delete from notes")
    await database.executeSql("insert into notes values (1, 'later')")
    const other = new Database(join(directory, "app.db"))
    other.exec("begin immediate; insert into notes values (2, 'unseen')")
    await using impatient = new DatabaseStorage({
      connection: `sqlite:${join(directory, "app.db")}`,
      busyTimeout: 50,
    })
    await expect(impatient.restore(path)).rejects.toMatchObject({ code: "ERR_PERSIST_BUSY" })
    expect(await count()).toBe(1)
    const restored = database.restore(path)
    await new Promise((resolve) => setImmediate(resolve))
    other.exec("rollback")
    other.close()
    await restored
    expect(await count()).toBe(3)
  })

  test("does not take an empty file for a backup", async () => {
    const path = join(directory, "empty.db")
    writeFileSync(path, "")
    await expect(database.restore(path)).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    expect(await count()).toBe(3)
  })

  test.each(["page_size = 8192", "encoding = 'UTF-16le'"])(
    "does not restore what open handles cannot read: %s",
    async (pragma) => {
      const path = join(directory, "other.db")
      const other = new Database(path)
      other.exec(`pragma ${pragma}; create table notes (n integer)`)
      other.close()
      const refused = { code: "ERR_PERSIST_UNSUPPORTED" }
      await expect(database.restore(path)).rejects.toMatchObject(refused)
      expect(await count()).toBe(3)
    },
  )

  test("restores a backup of UTF-16 into a new database, in use as it is", async () => {
    const path = join(directory, "wide.db")
    const wide = new Database(path)
    wide.exec("pragma encoding = 'UTF-16le'; create table words (word text primary key)")
    wide.exec("insert into words values ('a\u012f'), ('b')")
    wide.close()
    await using empty = new DatabaseStorage(`sqlite:${join(directory, "new.db")}`)
    const tables = () => empty.executeSql("select name from sqlite_master where type = 'table'")
    expect((await tables()).rows).toEqual([])
    expect((await empty.getSession(tables, { readOnly: true })).rows).toEqual([])
    await empty.restore(path)
    await empty.executeSql("insert into words values (?)", ["c"])
    const words = () => empty.executeSql("select word from words where word >= ?", ["a"])
    const all = [{ word: "a\u012f" }, { word: "b" }, { word: "c" }]
    expect((await words()).rows).toEqual(all)
    expect((await empty.getSession(words, { readOnly: true })).rows).toEqual(all)
    expect((await empty.getSession(words)).rows).toEqual(all)
    expect(await empty.checkIntegrity()).toEqual([])
  })
})
