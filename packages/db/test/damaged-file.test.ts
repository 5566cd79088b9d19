import { mkdtemp, rm, writeFile } from "node:fs/promises"
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
  })
})
