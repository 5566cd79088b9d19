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

  test("keeps tables of one database apart", async () => {
    const url = `sqlite:${join(directory, "tables.db")}`
    await using one = openStorage(url, { table: "one" })
    await using two = openStorage(url, { table: "two" })
    await one.save("key", 1)
    expect(await two.exists("key")).toBe(false)
  })

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
