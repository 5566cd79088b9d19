import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

// What a compiler would have refused.
const wrong = (value: unknown) => value as never
const invalidArgument = { code: "ERR_PERSIST_INVALID_ARGUMENT" }

describe("a wrong call", () => {
  let directory: string
  let database: DatabaseStorage
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "persist-db-"))
    database = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
  })
  afterEach(async () => {
    await database.close()
    rmSync(directory, { recursive: true })
  })

  test("has no column that would be the prototype of its rows", async () => {
    const table = database.createTable("t", { ["__proto__"]: "text" })
    await expect(table).rejects.toMatchObject(invalidArgument)
  })

  test("never takes an empty comparison for every row", async () => {
    const table = await database.createTable("t", { n: "integer" })
    await table.insertMany([{ n: 1 }, { n: 2 }])
    await expect(table.delete({ n: {} })).rejects.toMatchObject(invalidArgument)
    await expect(table.update({ n: {} }, { n: 3 })).rejects.toMatchObject(invalidArgument)
    expect(await table.count()).toBe(2)
  })

  test("of SQL that is no text is told as one", async () => {
    for (const sql of [null, undefined, 5, {}, () => "select 1"]) {
      await expect(database.executeSql(wrong(sql))).rejects.toMatchObject(invalidArgument)
    }
  })

  test("with an option of the wrong kind is refused by its name, as in every package", async () => {
    const table = await database.createTable("t", { n: "integer" })
    const column = (option: object) => database.createTable("u", { a: { type: "text", ...option } })
    const session = (options: object) => database.getSession(() => 1, options)
    const wrongOnes: readonly [string, () => Promise<unknown>][] = [
      ["name", () => session({ name: 5 })],
      ["readOnly", () => session({ readOnly: "no" })],
      ["signal", () => session({ signal: {} })],
      ["plan", () => database.migrate({ "1": "select 1" }, wrong({ plan: "no" }))],
      ["checksum", () => database.migrate({ "1": wrong({ up: "select 1", checksum: 5 }) })],
      ["signal", () => database.backup(join(directory, "b.db"), wrong({ signal: {} }))],
      ["onProgress", () => database.backup(join(directory, "b.db"), wrong({ onProgress: 5 }))],
      ["nullable", () => column({ nullable: "no" })],
      ["unique", () => column({ unique: 0 })],
      ["index", () => column({ index: "no" })],
      ["references", () => column({ references: null })],
      ["orderBy", () => table.findMany({}, wrong({ orderBy: "n" }))],
      ["conflict", () => table.upsert({ n: 1 }, wrong({ conflict: "n" }))],
      ["conflict", () => table.upsert({ n: 1 }, { conflict: [] })],
      ["logger", async () => new DatabaseStorage(wrong({ logger: 5 }))],
    ]
    for (const [option, call] of wrongOnes) {
      await expect(call(), option).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_OPTION",
        message: expect.stringContaining(option),
      })
    }
  })

  test("says why a parameter cannot be JSON, whatever it threw", async () => {
    for (const [thrown, reason] of [
      ["because", "because"],
      [null, "it threw null"],
    ]) {
      const toJSON = () => {
        throw thrown
      }
      const running = database.executeSql("select ?", [wrong({ toJSON })])
      await expect(running).rejects.toMatchObject(invalidArgument)
      await expect(running).rejects.toThrow(reason!)
    }
  })

  test("is none where columns are called like what every object has", async () => {
    const table = await database.createTable("t", {
      constructor: { type: "text", default: "a" },
      toString: { type: "text", nullable: true },
    })
    const row = await table.insert({} as never)
    expect(row).toMatchObject({ constructor: "a", toString: null })
    await table.update(row.id, { toString: "b" } as never)
    expect(await table.find(row.id)).toMatchObject({ constructor: "a", toString: "b" })
  })

  test("never takes what is no condition for every row", async () => {
    const table = await database.createTable("t", { n: "integer" })
    await table.insertMany([{ n: 1 }, { n: 2 }])
    for (const where of [5, true, null, [], new Date(), new Map(), () => {}]) {
      await expect(table.find(wrong(where))).rejects.toMatchObject(invalidArgument)
      await expect(table.findMany(wrong(where))).rejects.toMatchObject(invalidArgument)
      await expect(table.update(wrong(where), { n: 3 })).rejects.toMatchObject(invalidArgument)
      await expect(table.delete(wrong(where))).rejects.toMatchObject(invalidArgument)
    }
    await expect(table.delete(wrong(undefined))).rejects.toMatchObject(invalidArgument)
    await expect(table.insertMany(wrong(5))).rejects.toMatchObject(invalidArgument)
    expect(await table.count({ n: { lte: 2 } })).toBe(2)
  })

  test("is named: tables, migrations, leases", async () => {
    for (const columns of [null, undefined, [], "text", { a: null }, { a: 5 }]) {
      await expect(database.createTable("t", wrong(columns))).rejects.toMatchObject(invalidArgument)
    }
    for (const migrations of [null, undefined, ["select 1"]]) {
      await expect(database.migrate(wrong(migrations))).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_OPTION",
      })
    }
    await expect(database.withLease("a", wrong(5))).rejects.toMatchObject(invalidArgument)
    for (const name of ["migrations", "leases", "a_history"]) {
      expect(() => database.storage(name)).toThrow("whose tables are taken")
    }
  })

  test("does not put a backup in the place of the database", async () => {
    await database.executeSql("create table t (n int)")
    const backup = database.backup(join(directory, ".", "app.db"))
    await expect(backup).rejects.toMatchObject(invalidArgument)
    await database.executeSql("insert into t values (1)")
    await database.close()
    await using again = new DatabaseStorage(`sqlite:${join(directory, "app.db")}`)
    expect((await again.executeSql("select n from t")).rows).toEqual([{ n: 1 }])
  })
})
