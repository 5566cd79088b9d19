import { afterEach, beforeEach, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"

describeEngines("types and tables", (engine) => {
  let database: DatabaseStorage
  beforeEach(async () => {
    database = new DatabaseStorage(await engine.fresh())
  })
  afterEach(() => database?.close())

  const everything = () =>
    database.createTable("everything", {
      text: { type: "text", unique: true },
      integer: { type: "integer", nullable: true },
      flag: { type: "boolean", default: true },
      large: { type: "bigint", default: 5n },
      moment: { type: "timestamp", nullable: true },
      json: { type: "json", nullable: true },
      bytes: { type: "blob", nullable: true },
      price: { type: "decimal", nullable: true },
      real: { type: "real", nullable: true },
      uuid: { type: "uuid", nullable: true },
      note: { type: "text", default: "it's \\ fine" },
      since: { type: "timestamp", default: new Date("2020-02-03T04:05:06.789Z") },
    })
  const values = {
    text: "ß𝄞 \\ ' \"",
    integer: -(2 ** 53) + 1,
    flag: false,
    large: 2n ** 63n - 1n,
    moment: new Date("2024-05-01T12:00:00.123Z"),
    json: { nested: [1, "two", null, { true: false }] } as unknown,
    bytes: new Uint8Array([0, 255, 1]),
    price: "-1234567890123456789.1",
    real: 0.1,
    uuid: "0190a6d6-5b1c-7f00-8000-0123456789ab",
  }

  test("give back what was given", async () => {
    const table = await everything()
    const row = await table.insert(values)
    expect(row).toMatchObject(values)
    expect(row.note).toBe("it's \\ fine")
    expect(row.since).toEqual(new Date("2020-02-03T04:05:06.789Z"))
    expect(await table.find({ text: values.text })).toEqual(row)
    expect(
      await table.find({ moment: values.moment, price: values.price, large: values.large }),
    ).toEqual(row)
    const json: unknown[] = ["text", 5, true, [1, 2], { a: null }, "null"]
    for (const value of json) {
      await table.update(row.id, { json: value })
      expect((await table.find(row.id))!.json).toEqual(value)
    }
    const { rows } = await database
      .executeSql<Record<string, unknown>>(
        "select flag, large, moment, json, count(*) as n from everything group by 1, 2, 3, 4",
      )
      .catch(() =>
        database.executeSql<Record<string, unknown>>("select flag, large, moment from everything"),
      )
    expect(rows[0]).toMatchObject({ flag: false, large: values.large, moment: values.moment })
    const counted = await database.executeSql<{ n: number }>(
      "select count(*) as count from everything",
    )
    expect(counted.rows).toEqual([{ count: 1 }])
  })

  test("have ids and times kept by the database", async () => {
    const table = await everything()
    await database.executeSql("insert into everything (text) values ('x')")
    const row = (await table.find({ text: "x" }))!
    expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const time = Number.parseInt(row.id.replace("-", "").slice(0, 12), 16)
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000)
    expect(Math.abs(row.created_at.getTime() - Date.now())).toBeLessThan(60_000)
    await database.executeSql("update everything set created_at = :old, updated_at = :old", {
      old: new Date(1_000_000_000_000),
    })
    await database.executeSql(
      "update everything set integer = 3".replace(
        "integer",
        engine.name === "mariadb" ? "`integer`" : '"integer"',
      ),
    )
    const updated = (await table.find(row.id))!
    expect(updated.created_at).toEqual(new Date(1_000_000_000_000))
    expect(Math.abs(updated.updated_at.getTime() - Date.now())).toBeLessThan(60_000)
  })

  test("keep moments of every year, and the other values at their edges", async () => {
    const table = await database.createTable("edges", {
      moment: "timestamp",
      large: "bigint",
      real: "real",
      bytes: "blob",
      json: "json",
      decimal: "decimal",
      text: "text",
    })
    const common = { bytes: new Uint8Array(0), text: " \ufeffa\u0301 " }
    const rows = [
      ["0001-01-01T00:00:00.000Z", 2n ** 63n - 1n, 5e-324, "text", "-0.0000000001"],
      ["0099-06-01T00:00:00.001Z", -(2n ** 63n), 1.7976931348623157e308, 0, "0"],
      ["1883-11-18T12:00:00.000Z", 0n, 0.1, false, "9".repeat(28)],
      ["1969-12-31T23:59:59.999Z", 1n, -1e21, [], "-1.5"],
      ["9999-12-31T23:59:59.999Z", -1n, 2 ** 53, { a: null, "": [1e21] }, "0.1"],
    ] as const
    for (const [moment, large, real, json, decimal] of rows) {
      const row = { ...common, moment: new Date(moment), large, real, json, decimal }
      const { id } = await table.insert(row)
      expect(await table.find(id)).toMatchObject(row)
      expect(await table.count({ id, moment: new Date(moment) })).toBe(1)
      const { rows: found } = await database.executeSql("select moment from edges where id = :id", {
        id,
      })
      expect(found).toEqual([{ moment: new Date(moment) }])
    }
  })

  test("are created once, and compared", async () => {
    await everything()
    await everything()
    await database.createTable("children", {
      parent: { type: "uuid", references: "everything" },
      name: "text",
    })
    await database.createTable("children", {
      parent: { type: "uuid", references: "everything" },
      name: "text",
    })
    const other = database.createTable("children", {
      parent: "uuid",
      name: { type: "integer", unique: true },
    })
    await expect(other).rejects.toMatchObject({ code: "ERR_PERSIST_SCHEMA" })
    const differences = await other.catch((error) => error.details.differences)
    expect(differences).toEqual([
      'column "parent" has an index: true, not false',
      'column "parent" refers to everything.id on delete restrict, not none',
      expect.stringMatching(/^column "name" has the type/),
      'column "name" is unique: false, not true',
    ])
  })

  test("find, count, change and stream", async () => {
    const table = await everything()
    const rows = Array.from({ length: 1200 }, (_, index) => ({ text: `u${index}`, integer: index }))
    expect(await table.insertMany(rows)).toBe(1200)
    const many = Array.from({ length: 100_000 }, (_, index) => index)
    expect(await table.count({ integer: many })).toBe(1200)
    expect(await table.count({ text: rows.map(({ text }) => text) })).toBe(1200)
    const page = await table.findMany(
      { integer: { gte: 5 } },
      { orderBy: { integer: "desc" }, limit: 2 },
    )
    expect(page.map(({ text }) => text)).toEqual(["u1199", "u1198"])
    expect(await table.update({ integer: [1, 2] }, { flag: false })).toBe(2)
    const changed = await table.upsert({ text: "u1", integer: 99 }, { conflict: ["text"] })
    expect(changed).toMatchObject({ text: "u1", integer: 99, flag: false })
    expect(await table.delete({ integer: { gt: 1000 } })).toBe(199)
    let streamed = 0
    for await (const row of table.stream()) {
      if (streamed % 50 === 0 && engine.name !== "pglite") await table.update(row.id, { real: 1 })
      streamed++
    }
    expect(streamed).toBe(1001)
    await database.getSession(async () => {
      let inSession = 0
      for await (const row of table.stream({ integer: { lt: 250 } })) {
        await table.update(row.id, { real: 2 })
        inSession++
      }
      expect(inSession).toBe(await table.count({ real: 2 }))
    })
  })

  test("name what is wrong with the same codes", async () => {
    const table = await everything()
    const children = await database.createTable("children", {
      parent: { type: "uuid", references: { table: "everything", onDelete: "cascade" } },
    })
    const { id } = await table.insert({ text: "a" })
    await expect(table.insert({ text: "a" })).rejects.toMatchObject({
      code: "ERR_PERSIST_UNIQUE",
      details: { columns: ["text"] },
    })
    await expect(table.insert({} as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_NOT_NULL",
      details: { columns: ["text"] },
    })
    await expect(children.insert({ parent: values.uuid })).rejects.toMatchObject({
      code: "ERR_PERSIST_FOREIGN_KEY",
    })
    await children.insert({ parent: id })
    await table.delete(id)
    expect(await children.count()).toBe(0)
    await database.executeSql("create table checked (n int, check (n > 1))")
    await expect(database.executeSql("insert into checked values (0)")).rejects.toMatchObject({
      code: "ERR_PERSIST_CHECK",
    })
    await expect(database.executeSql("selct 1")).rejects.toMatchObject({
      code: "ERR_PERSIST_SYNTAX",
    })
    await expect(database.executeSql("select * from nowhere")).rejects.toMatchObject({
      code: "ERR_PERSIST_NO_TABLE",
      details: { table: "nowhere" },
    })
    await expect(database.executeSql("select nowhere from everything")).rejects.toMatchObject({
      code: "ERR_PERSIST_QUERY",
    })
  })

  test("keep to sessions, nested ones too", async () => {
    const table = await everything()
    await database.getSession(async (session) => {
      await table.insert({ text: "a" })
      await expect(
        database.getSession(async () => {
          await table.insert({ text: "b" })
          await table.insert({ text: "a" })
        }),
      ).rejects.toMatchObject({ code: "ERR_PERSIST_UNIQUE" })
      await session.executeSql("insert into everything (text) values (?)", ["c"])
      await database.kysely.transaction().execute(async () => {
        await table.insert({ text: "d" })
      })
    })
    expect(
      (await table.findMany({}, { orderBy: { text: "asc" } })).map(({ text }) => text),
    ).toEqual(["a", "c", "d"])
    await expect(
      database.getSession(async () => {
        await table.insert({ text: "e" })
        throw new Error("no")
      }),
    ).rejects.toThrow("no")
    expect(await table.count()).toBe(3)
    await expect(database.executeSql("begin")).rejects.toMatchObject({
      code: "ERR_PERSIST_SESSION",
    })
    expect(await table.count()).toBe(3)
  })
})
