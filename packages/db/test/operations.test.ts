import { statSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { DatabaseStorage } from "../src/index.ts"
import { countNotes, openNotes, removeNotes } from "./support/notes.ts"

describe("care of a database", () => {
  let directory: string
  let database: DatabaseStorage
  beforeEach(async () => {
    ;({ directory, database } = await openNotes(3000))
  })
  afterEach(() => removeNotes({ directory, database }))

  const count = (from = database) => countNotes(from)

  test.each(["restore", "vacuum", "optimize"] as const)(
    "%s does not wait for the session that it is called in",
    async (operation) => {
      const path = join(directory, "backup.db")
      await database.backup(path)
      const session = database.getSession(() => database[operation](path), { timeout: "10s" })
      await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
    },
  )

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
