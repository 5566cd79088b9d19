import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { describeRedis } from "../../redis/test/support/describe-redis.ts"
import { startCluster } from "../../redis/test/support/redis-cluster.ts"
import { startRedis } from "../../redis/test/support/redis-process.ts"
import { startSentinel } from "../../redis/test/support/redis-sentinel.ts"
import { FileStorage, openStorage } from "../src/index.ts"

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-all-open-"))
})
afterAll(() => rm(directory, { recursive: true }))

describe("openStorage", () => {
  test.each([
    ["file:", () => `file:${join(directory, "files")}`],
    ["file: as a URL", () => pathToFileURL(join(directory, "url"))],
    ["sqlite:", () => `sqlite:${join(directory, "app.db")}`],
  ])("opens %s, and what was saved is there when it is opened again", async (_, url) => {
    const first = openStorage(url())
    await first.save("folder/key", { level: 3 }, { version: true })
    await first.close()
    const second = openStorage(url())
    expect(await second.load("folder/key")).toEqual({ level: 3 })
    expect(await second.versions("folder/key")).toHaveLength(1)
    await second.close()
    await expect(second.load("folder/key")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("opens memory:, each time another one", async () => {
    await using one = openStorage("memory:")
    await using other = openStorage("memory:")
    await one.save("key", 1)
    expect(await one.load("key")).toBe(1)
    expect(await other.load("key")).toBeUndefined()
  })

  test.each([
    ["sqlite:", () => `sqlite:${join(directory, "tables.db")}`],
    ["file:", () => `file:${join(directory, "tables")}`],
  ])("keeps tables of one %s URL apart", async (_, url) => {
    await using whole = openStorage(url())
    await using one = openStorage(url(), { table: "one" })
    await using two = openStorage(url(), { table: "two" })
    await one.save("key", 1)
    expect(await one.load("key")).toBe(1)
    expect(await two.exists("key")).toBe(false)
    expect(await whole.exists("key")).toBe(false)
  })

  test("takes a scheme in capitals, a host that is this machine, and PGlite", async () => {
    expect(openStorage(`FILE:${directory}`)).toBeInstanceOf(FileStorage)
    const url = new URL(pathToFileURL(join(directory, "a folder")))
    expect(openStorage(`file://localhost${url.pathname}`)).toMatchObject({
      directory: join(directory, "a folder"),
    })
    await using storage = openStorage("pglite::memory:")
    await storage.save("key", 1)
    expect(await storage.load("key")).toBe(1)
  })

  test.each([
    [undefined, "is the environment variable set"],
    ["", "is the environment variable set"],
    [null, "it is no string"],
    [5, "it is no string"],
    ["./data", "it has no scheme"],
    ["secret@host/name", "it has no scheme"],
    ["C:\\data", "it is a path of drive C:"],
    ["mongodb://user:secret@host/", 'begin with "mongodb:"'],
    ["redis+other://user:secret@host/", 'begin with "redis+other:"'],
    ["s3://secret@bucket", 'begin with "s3:"'],
    ["memory:name", "memory: takes no name"],
    ["unix:", "unix: names no socket"],
    ["unix://", "unix: names no socket"],
    ["sqlite:", "sqlite: names no place"],
    ["pglite:", "pglite: names no place"],
    ["file:", "names no directory"],
    ["file://", "names no directory"],
    ["file://./data", "names no directory of this machine"],
  ])("says of %j what is wrong, and no password", (url, why) => {
    const open = () => openStorage(url as string)
    expect(open).toThrow(expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }))
    expect(open).toThrow(why)
    expect(open).toThrow(/[Gg]ive (.*, )?file:\.\/data/)
    expect(open).not.toThrow("secret")
  })

  test.each([null, 5, "", "a b", "a/b", "..", "a:b"])(
    "refuses %j as a table everywhere",
    (table) => {
      for (const url of ["memory:", `file:${directory}`, "redis://127.0.0.1:1"]) {
        expect(() => openStorage(url, { table: table as string })).toThrow(
          expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
        )
      }
    },
  )

  test("takes options of every storage, and of no single one", () => {
    for (const options of [null, "text", { directory: "elsewhere" }, { timeout: 5 }]) {
      for (const url of ["memory:", "file:./data", "redis://127.0.0.1:1"]) {
        expect(() => openStorage(url, options as object)).toThrow(/^openStorage: .*options?/)
      }
    }
  })

  test.each(["memory:", "file:", "sqlite:"])(
    "finishes at %s what runs when it is closed",
    async (scheme) => {
      const url = scheme === "memory:" ? scheme : scheme + join(directory, `closing-${scheme}`)
      const storage = openStorage(url)
      const saving = storage.save("saved", 1)
      const { promise: goOn, resolve } = Promise.withResolvers<void>()
      const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>()
      const updating = storage.update<number>("updated", async () => {
        begin()
        await goOn
        return 7
      })
      await hasBegun
      const closing = Promise.all([storage.close(), storage.close()])
      resolve()
      expect(await updating).toBe(7)
      expect((await saving).key).toBe("saved")
      await closing
      await storage.close()
      await expect(storage.load("saved")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
      if (url === "memory:") return
      await using again = openStorage(url)
      expect(await again.load("updated")).toBe(7)
    },
  )

  test("passes options on, and refuses unknown ones and unknown URLs", () => {
    expect(openStorage(`file:${directory}`, { keep: 2 })).toBeInstanceOf(FileStorage)
    const misspelt = { kep: 2 } as object
    for (const open of [
      () => openStorage("file:./data", misspelt),
      () => openStorage("memory:", misspelt),
      () => openStorage("gopher://host/"),
      () => openStorage("data"),
      () => openStorage("file:"),
      () => openStorage("redis+cluster://"),
      () => openStorage("redis+sentinel://127.0.0.1:1"),
      () => openStorage("redis+sentinel://127.0.0.1:1/%zz"),
      () => openStorage("redis://127.0.0.1:1", misspelt),
    ]) {
      expect(open).toThrow(expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }))
    }
  })
})

describeRedis("openStorage on Redis", () => {
  test("opens one server, and keeps prefixes apart", async () => {
    await using server = await startRedis()
    await keepsWhatIsSaved(server.url)
    await keepsWhatIsSaved(`${server.url.replace("redis:", "valkey:")}/1`)
    await using other = openStorage(server.url, { table: "other" })
    expect(await other.exists("folder/key")).toBe(false)
  })

  test("opens the server that sentinels know", async () => {
    await using set = await startSentinel()
    const hosts = set.sentinels.map(({ host, port }) => `${host}:${port}`)
    await keepsWhatIsSaved(`redis+sentinel://${hosts}/${set.name}`)
  })

  test("opens a cluster", async () => {
    await using cluster = await startCluster()
    const hosts = cluster.urls.map((url) => new URL(url).host)
    await keepsWhatIsSaved(`redis+cluster://${hosts}`)
  })
})

async function keepsWhatIsSaved(url: string): Promise<void> {
  const first = openStorage(url)
  await first.save("folder/key", { level: 3 }, { version: true })
  await first.close()
  await using second = openStorage(url)
  expect(await second.load("folder/key")).toEqual({ level: 3 })
  expect(await second.versions("folder/key")).toHaveLength(1)
}
