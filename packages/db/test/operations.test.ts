import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { Kysely } from "kysely"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { driverError } from "../src/engines/server/driver-error.ts"
import { DatabaseStorage, sqliteDialect } from "../src/index.ts"

let directory: string
let database: DatabaseStorage
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  database = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
  await database.executeSql("create table notes (n integer primary key, text text)")
  await database.getSession(async () => {
    for (let n = 0; n < 3000; n++) {
      await database.executeSql("insert into notes values (?, ?)", [n, "x".repeat(500)])
    }
  })
})
afterEach(async () => {
  await database.close()
  rmSync(directory, { recursive: true })
})

const count = async (from = database) =>
  (await from.executeSql<{ n: number }>("select count(*) as n from notes")).rows[0]!.n

describe("DatabaseStorage.backup", () => {
  test("copies one moment while writers go on, and can be restored", async () => {
    const path = join(directory, "copies/backup.db")
    const steps: number[] = []
    let extra = 3000
    const writes: Promise<unknown>[] = []
    await database.backup(path, {
      onProgress: ({ remaining }) => {
        steps.push(remaining)
        writes.push(database.executeSql("insert into notes values (?, 'new')", [extra++]))
      },
    })
    await Promise.all(writes)
    expect(steps.length).toBeGreaterThan(1)
    expect(steps).toEqual(steps.toSorted((a, b) => b - a))
    expect(readdirSync(join(directory, "copies"))).toEqual(["backup.db"])
    const copy = new DatabaseStorage(`sqlite:${path}`)
    expect(await count(copy)).toBe(3000)
    expect(await copy.checkIntegrity()).toEqual([])
    await copy.close()
    expect(await count()).toBeGreaterThan(3000)
    await database.restore(path)
    expect(await count()).toBe(3000)
    await database.executeSql("insert into notes values (9999, 'after')")
    expect(await count()).toBe(3001)
  })

  test("takes the place of an older one, whatever log a killed process has left beside that", async () => {
    const older = join(directory, "older.db")
    const path = join(directory, "backup.db")
    await database.backup(older)
    const writer = new Database(older)
    writer.exec("insert into notes values (5000, 'of the older one')")
    // As a kill would leave them.
    for (const part of ["", "-wal"]) copyFileSync(`${older}${part}`, `${path}${part}`)
    writer.close()
    await database.executeSql("delete from notes where n > 10")
    const texts = () => {
      const copy = new Database(path)
      const found = copy.prepare("select max(n) as n from notes").get()
      copy.close()
      return found
    }
    await database.backup(path)
    expect(texts()).toEqual({ n: 10 })
    const reader = new Database(path)
    reader.prepare("select 1 from notes").get()
    const refused = { code: "ERR_PERSIST_BUSY", path }
    let steps = 0
    const onProgress = () => void steps++
    await expect(database.backup(path, { onProgress })).rejects.toMatchObject(refused)
    expect(steps).toBe(0)
    reader.close()
    writeFileSync(path, "no database")
    writeFileSync(`${path}-wal`, "no log")
    await database.backup(path)
    expect(texts()).toEqual({ n: 10 })
  })

  test("removes what killed processes have left of theirs, and nothing else", async () => {
    const folder = join(directory, "copies")
    mkdirSync(folder)
    const stale = [
      ".persist-backup-0123456789abcdef.tmp",
      ".persist-backup-0123456789abcdef.tmp-journal",
    ]
    const others = [".0123456789abcdef.tmp", ".persist-backup-fedcba9876543210.tmp", "older.db"]
    const dayAgo = new Date(Date.now() - 24 * 60 * 60 * 1000)
    for (const name of [...stale, ...others]) {
      writeFileSync(join(folder, name), "x")
      // The second of the others is still being written.
      if (name !== others[1]) utimesSync(join(folder, name), dayAgo, dayAgo)
    }
    await database.backup(join(folder, "backup.db"))
    expect(readdirSync(folder).sort()).toEqual([...others, "backup.db"].sort())
  })

  test("leaves nothing when it is aborted, and changes nothing for a damaged backup", async () => {
    const path = join(directory, "backup.db")
    const abort = new AbortController()
    const aborted = database.backup(path, { signal: abort.signal, onProgress: () => abort.abort() })
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(existsSync(path)).toBe(false)
    const folder = join(directory, "folder")
    mkdirSync(folder)
    await expect(database.backup(folder)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      path: folder,
      message: expect.stringContaining("The backup to"),
    })
    expect(readdirSync(directory).filter((name) => name.includes(".tmp"))).toEqual([])
    writeFileSync(path, "this is no database, it only looks like a file of some length".repeat(100))
    await expect(database.restore(path)).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    await expect(database.restore(join(directory, "none.db"))).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
    })
    expect(await count()).toBe(3000)
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
    expect(await count()).toBe(3000)
  })

  test("does not take an empty file for a backup", async () => {
    const path = join(directory, "empty.db")
    writeFileSync(path, "")
    await expect(database.restore(path)).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    expect(await count()).toBe(3000)
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
      expect(await count()).toBe(3000)
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

  test("takes no path that is none", async () => {
    for (const path of [undefined, "", 5, "a\0b"]) {
      for (const operation of ["backup", "restore"] as const) {
        const refused = { code: "ERR_PERSIST_INVALID_ARGUMENT" }
        await expect(database[operation](path as string)).rejects.toMatchObject(refused)
      }
    }
  })

  test.each(["restore", "vacuum", "optimize"] as const)(
    "%s does not wait for the session that it is called in",
    async (operation) => {
      const path = join(directory, "backup.db")
      await database.backup(path)
      const session = database.getSession(() => database[operation](path), { timeout: "10s" })
      await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
    },
  )

  test("backup goes in a session, but not where there is only the connection that it holds", async () => {
    const path = join(directory, "backup.db")
    await database.getSession(() => database.backup(path))
    await using memory = new DatabaseStorage("sqlite::memory:")
    const session = memory.getSession(() => memory.backup(path), { timeout: "10s" })
    await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
    await memory.backup(path)
  })

  test.each(["restore", "vacuum", "optimize"] as const)(
    "%s goes in a session that only reads, and in what one has left running",
    async (operation) => {
      const path = join(directory, "backup.db")
      await database.backup(path)
      const care = async () => {
        await database.executeSql("select n from notes")
        await database[operation](path)
      }
      await database.getSession(care, { readOnly: true })
      const ended = Promise.withResolvers<void>()
      const left = await database.getSession(async () => ({
        care: ended.promise.then(() => database[operation](path)),
      }))
      ended.resolve()
      await left.care
      expect(await count()).toBe(3000)
    },
  )

  test("cares for the database", async () => {
    await database.executeSql("delete from notes where n > 5")
    const file = join(directory, "app.db")
    const size = () => statSync(file).size
    await database.optimize()
    const before = size()
    expect(statSync(`${file}-wal`).size).toBe(0)
    await database.vacuum()
    await database.optimize()
    expect(size()).toBeLessThan(before / 10)
    expect(await database.checkIntegrity()).toEqual([])
    expect(database.statistics()).toMatchObject({ used: 0, waiting: 0 })
    await database.getSession(
      async () => {
        expect(database.statistics().holders).toEqual([expect.stringContaining('session "mine"')])
      },
      { name: "mine" },
    )
  })
})

describe("sqliteDialect", () => {
  test("serves a Kysely of one's own", async () => {
    const kysely = new Kysely<{ notes: { n: number; text: string } }>({
      dialect: sqliteDialect(`sqlite:${join(directory, "app.db")}`),
    })
    const many = Array.from({ length: 50_000 }, (_, n) => n)
    expect(
      await kysely.selectFrom("notes").select("n").where("n", "in", many).execute(),
    ).toHaveLength(3000)
    const failing = kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto("notes").values({ n: 5000, text: "t" }).execute()
      expect(await kysely.selectFrom("notes").select("n").where("n", "=", 5000).execute()).toEqual(
        [],
      )
      throw new Error("no")
    })
    await expect(failing).rejects.toThrow("no")
    await kysely
      .transaction()
      .execute((transaction) =>
        transaction.insertInto("notes").values({ n: 5001, text: "t" }).execute(),
      )
    let streamed = 0
    for await (const _ of kysely.selectFrom("notes").selectAll().stream(100)) streamed++
    expect(streamed).toBe(3001)
    const tables = await kysely.introspection.getTables()
    expect(tables.map(({ name }) => name)).toEqual(["notes"])
    await kysely.destroy()
  })
})

describe("a driver that is not installed", () => {
  test("names the command that installs it", async () => {
    const cause = await import("no-such-driver" as string).catch((error: unknown) => error)
    const missing = {
      code: "ERR_PERSIST_MISSING_DRIVER",
      message: expect.stringContaining("npm install no-such-driver"),
    }
    expect(driverError("no-such-driver", cause)).toMatchObject(missing)
    // What webpack makes of an import that it could not follow.
    const bundled = Object.assign(new Error("Cannot find module 'no-such-driver'"), {
      code: "MODULE_NOT_FOUND",
    })
    expect(driverError("no-such-driver", bundled)).toMatchObject(missing)
    expect(driverError("another-driver", cause)).toBe(cause)
  })
})

describe("DatabaseStorage", () => {
  test.each([
    [{ conection: "x" }],
    [{ connection: "oracle://x" }],
    [{ connection: "postgres://a b" }],
    [{ connection: "file://app.db" }],
    [{ connection: "file:///app%2Fother.db" }],
    [{ client: {} }],
    [{ readers: -1 }],
    [{ busyTimeout: "soon" }],
    [{ durability: "some" }],
    [{ engine: "mysql", connection: "sqlite::memory:" }],
  ])("refuses the options %j", (options) => {
    expect(() => new DatabaseStorage(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
  })

  test("reads a file that it may not write", async () => {
    const path = join(directory, "read-only.db")
    const writing = new Database(path)
    writing.exec("create table t (n integer); insert into t values (1)")
    writing.close()
    chmodSync(path, 0o444)
    chmodSync(directory, 0o555)
    // The administrator may write everywhere.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid!("nobody")
    try {
      await using other = new DatabaseStorage(`sqlite:${path}`)
      const rows = async () => (await other.executeSql("select n from t")).rows
      expect(await rows()).toEqual([{ n: 1 }])
      expect(await other.getSession(rows, { readOnly: true })).toEqual([{ n: 1 }])
      await expect(other.executeSql("insert into t values (2)")).rejects.toMatchObject({
        code: "ERR_PERSIST_IO",
        message: expect.stringContaining("readonly"),
      })
      expect(await rows()).toEqual([{ n: 1 }])
    } finally {
      if (isRoot) process.seteuid!(0)
      chmodSync(directory, 0o700)
    }
  })

  test("says why a file cannot be opened", async () => {
    writeFileSync(join(directory, "text.db"), "not a database at all, but long enough".repeat(40))
    const other = new DatabaseStorage(`sqlite:${join(directory, "text.db")}`)
    await expect(other.executeSql("select 1")).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
    })
    await other.close()
    const folder = new DatabaseStorage(`sqlite:${directory}`)
    await expect(folder.executeSql("select 1")).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
    await folder.close()
  })
})

test("closing does not fail because another process is writing", async () => {
  const path = join(directory, "busy-close.db")
  const closing = new DatabaseStorage(`sqlite:${path}`)
  await closing.executeSql("create table t (a int); create index t_a on t (a)")
  await closing.executeSql("insert into t select value from json_each(:list)", {
    list: JSON.stringify(Array.from({ length: 500 }, (_, index) => index)),
  })
  await closing.executeSql("select * from t where a > 5")
  const other = new Database(path)
  other.exec("begin immediate")
  try {
    await closing.close()
  } finally {
    other.close()
  }
  await expect(closing.executeSql("select 1")).rejects.toMatchObject({
    code: "ERR_PERSIST_CLOSED",
  })
})
