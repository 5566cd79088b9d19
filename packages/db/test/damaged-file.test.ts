import { copyFile, mkdtemp, open, rename, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-db-damaged-"))
})
afterAll(() => rm(directory, { recursive: true }))

describe("DatabaseStorage on a file that is no database", () => {
  test("throws ERR_PERSIST_CORRUPT with the path, and leaves the file as it is", async () => {
    const path = join(directory, "text.db")
    await writeFile(path, "once upon a time ".repeat(100))
    await using database = new DatabaseStorage(`sqlite:${path}`)
    await expect(database.executeSql("select 1 from sqlite_master")).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
      message: expect.stringContaining(path),
      cause: expect.objectContaining({ code: "SQLITE_NOTADB" }),
    })
    expect(await database.checkIntegrity()).toContainEqual(expect.stringContaining(path))
  })
})

describe("DatabaseStorage.checkIntegrity", () => {
  test("tells what is wrong, however damaged the file is, and goes on with what can be read", async () => {
    const whole = join(directory, "whole.db")
    {
      await using database = new DatabaseStorage(`sqlite:${whole}`)
      const table = await database.createTable("t", {
        text: "text",
        n: { type: "integer", index: true },
      })
      await table.insertMany(Array.from({ length: 200 }, (_, n) => ({ text: "x".repeat(200), n })))
      await database.storage("states").save("a", 1)
    }
    const pageSize = 4096
    const pages = (await stat(whole)).size / pageSize
    expect(pages).toBeGreaterThan(15)
    for (let page = 1; page < pages; page++) {
      const path = join(directory, `page${page}.db`)
      await copyFile(whole, path)
      const file = await open(path, "r+")
      await file.write(Buffer.alloc(pageSize, 0xa5), 0, pageSize, page * pageSize)
      await file.close()
      await using database = new DatabaseStorage(`sqlite:${path}`)
      expect(await database.checkIntegrity(), `page ${page}`).not.toEqual([])
      expect((await database.executeSql("select 1 as one")).rows).toEqual([{ one: 1 }])
    }
  })
})

// Node's own recursive mkdir never comes back from there.
describe.runIf(process.platform === "linux")("where no folder can be made", () => {
  const nowhere = expect.objectContaining({ code: "ENOENT" })

  test("opening a database says so", async () => {
    await using database = new DatabaseStorage("sqlite:/proc/persist/a/b.db")
    await expect(database.executeSql("select 1")).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      path: "/proc/persist/a/b.db",
      cause: nowhere,
    })
  })

  test("a copy says so", async () => {
    await using database = new DatabaseStorage("sqlite::memory:")
    await expect(database.backup("/proc/persist/a/b.db")).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: nowhere,
    })
  })
})

describe("DatabaseStorage on a file that does not stay", () => {
  test("writes nothing that would be lost, and goes on when it is back", async () => {
    const path = join(directory, "moved.db")
    const away = join(directory, "away.db")
    await using database = new DatabaseStorage(`sqlite:${path}`)
    const table = await database.createTable("t", { n: "integer" })
    await table.insert({ n: 1 })
    const states = database.storage("states")
    await states.save("a", 1)
    const refused = (message: string) => ({
      code: "ERR_PERSIST_IO",
      message: expect.stringContaining(message),
    })
    const attempts = [
      () => table.insert({ n: 2 }),
      () => database.getSession(() => table.insert({ n: 3 })),
      () => states.save("a", 2),
      async () => states.saveSync("a", 3),
    ]
    await rename(path, away)
    // It looks every 100 ms.
    await expect
      .poll(() => table.insert({ n: 0 }).catch((error) => error.code))
      .toBe("ERR_PERSIST_IO")
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refused("moved"))
    await copyFile(away, path)
    for (const attempt of attempts)
      await expect(attempt()).rejects.toMatchObject(refused("replaced"))
    await rename(away, path)
    await table.insert({ n: 4 })
    expect(await table.count({ n: [1, 4] })).toBe(2)
    expect(await table.count({ n: [2, 3] })).toBe(0)
    expect(await states.load("a")).toBe(1)
  })

  test("writes nothing when its log is taken away, and says why it cannot be read", async () => {
    for (const part of ["-wal", "-shm"]) {
      const path = join(directory, `log${part}.db`)
      await using database = new DatabaseStorage(`sqlite:${path}`)
      const table = await database.createTable("t", { n: "integer" })
      await table.insert({ n: 1 })
      await rename(`${path}${part}`, join(directory, "log"))
      const refused = { code: "ERR_PERSIST_IO", path: `${path}${part}` }
      await expect.poll(() => table.insert({ n: 0 }).catch((error) => error)).toMatchObject(refused)
      if (part === "-wal") {
        const stream = table.stream({})[Symbol.asyncIterator]()
        await expect(stream.next()).rejects.toMatchObject({ code: "ERR_PERSIST_IO", path })
      }
      await rename(join(directory, "log"), `${path}${part}`)
      await table.insert({ n: 2 })
    }
  })
})
