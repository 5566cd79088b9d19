import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
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
    ]) {
      expect(open).toThrow(expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }))
    }
  })
})
