import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { countNotes, openNotes, removeNotes } from "./support/notes.ts"

describe("DatabaseStorage.backup", () => {
  let directory: string
  let database: DatabaseStorage
  beforeEach(async () => {
    ;({ directory, database } = await openNotes(3000))
  })
  afterEach(() => removeNotes({ directory, database }))

  const count = (from = database) => countNotes(from)

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

  test("takes no path that is none", async () => {
    for (const path of [undefined, "", 5, "a\0b"]) {
      for (const operation of ["backup", "restore"] as const) {
        const refused = { code: "ERR_PERSIST_INVALID_ARGUMENT" }
        await expect(database[operation](path as string)).rejects.toMatchObject(refused)
      }
    }
  })

  test("backup goes in a session, but not where there is only the connection that it holds", async () => {
    const path = join(directory, "backup.db")
    await database.getSession(() => database.backup(path))
    await using memory = new DatabaseStorage("sqlite::memory:")
    const session = memory.getSession(() => memory.backup(path), { timeout: "10s" })
    await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
    await memory.backup(path)
  })
})
