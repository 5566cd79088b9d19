import { join } from "node:path"
import { Kysely } from "kysely"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type DatabaseStorage, sqliteDialect } from "../src/index.ts"
import { openNotes, removeNotes } from "./support/notes.ts"

describe("sqliteDialect", () => {
  let directory: string
  let database: DatabaseStorage
  beforeEach(async () => {
    ;({ directory, database } = await openNotes(3000))
  })
  afterEach(() => removeNotes({ directory, database }))

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
