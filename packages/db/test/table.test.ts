import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

let database: DatabaseStorage

beforeEach(() => {
  database = new DatabaseStorage("sqlite::memory:")
})
afterEach(() => database.close())

const users = () =>
  database.createTable("users", {
    email: { type: "text", unique: true },
    age: { type: "integer", nullable: true },
    isActive: { type: "boolean", default: true },
    balance: { type: "bigint", default: 0n },
    seen: { type: "timestamp", nullable: true },
    profile: { type: "json", nullable: true },
    avatar: { type: "blob", nullable: true },
    price: { type: "decimal", nullable: true },
    score: { type: "real", nullable: true },
    session: { type: "uuid", nullable: true },
  })

describe("DatabaseStorage.createTable", () => {
  test("adds id, created_at and updated_at, and returns what was stored", async () => {
    const table = await users()
    const before = Date.now()
    const row = await table.insert({ email: "a@b.c" })
    expect(row).toMatchObject({ email: "a@b.c", age: null, isActive: true, balance: 0n })
    expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(row.created_at.getTime()).toBeGreaterThanOrEqual(before - 1)
    expect(await table.find(row.id)).toEqual(row)
  })

  test("lets the database keep id and times of rows inserted otherwise", async () => {
    const table = await users()
    await database.executeSql(
      "insert into users (email, created_at, updated_at) values ('x', :old, :old)",
      {
        old: new Date(0),
      },
    )
    const row = (await table.find({ email: "x" }))!
    expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const time = Number.parseInt(row.id.replace("-", "").slice(0, 12), 16)
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000)
    expect(row.updated_at).toEqual(new Date(0))
    await database.executeSql("update users set age = 3")
    expect((await table.find(row.id))!.updated_at.getTime()).toBeGreaterThan(Date.now() - 60_000)
  })

  test("gives back every type as it was given", async () => {
    const table = await users()
    const values = {
      email: "ß𝄞",
      age: -(2 ** 53) + 1,
      isActive: false,
      balance: 2n ** 63n - 1n,
      seen: new Date("2024-05-01T12:00:00.123Z"),
      profile: { nested: [1, "two", null, { true: false }] },
      avatar: new Uint8Array([0, 255, 1]),
      price: "-1234567890123456789.1",
      score: 0.1,
      session: "0190a6d6-5b1c-7f00-8000-0123456789ab",
    }
    const row = await table.insert(values)
    expect(row).toMatchObject(values)
    expect(await table.find({ email: values.email })).toMatchObject(values)
    const { rows } = await database.executeSql("select * from users")
    expect(rows[0]).toMatchObject({ ...values, avatar: Buffer.from(values.avatar) })
  })

  test("is idempotent, and lists what differs from another table", async () => {
    await users()
    await users()
    const other = database.createTable("users", { email: "integer", phone: "text" })
    await expect(other).rejects.toMatchObject({
      code: "ERR_PERSIST_SCHEMA",
      message: expect.stringMatching(/"email" has the type text.*"phone" is missing.*"age" is not/),
    })
  })

  test("finds, counts, updates, upserts, deletes and streams", async () => {
    const table = await users()
    expect(
      await table.insertMany(
        Array.from({ length: 1200 }, (_, index) => ({ email: `u${index}`, age: index })),
      ),
    ).toBe(1200)
    expect(await table.count({ age: { lt: 10 } })).toBe(10)
    expect(await table.count({ age: Array.from({ length: 100_000 }, (_, index) => index) })).toBe(
      1200,
    )
    const page = await table.findMany({ age: { gte: 5 } }, { orderBy: { age: "desc" }, limit: 2 })
    expect(page.map(({ email }) => email)).toEqual(["u1199", "u1198"])
    expect(await table.update({ age: [1, 2] }, { isActive: false })).toBe(2)
    expect(await table.count({ isActive: false })).toBe(2)
    const changed = await table.upsert({ email: "u1", age: 99 }, { conflict: ["email"] })
    expect(changed).toMatchObject({ email: "u1", age: 99, isActive: false })
    expect(await table.delete({ age: { gt: 1000 } })).toBe(199)
    let streamed = 0
    for await (const row of table.stream()) {
      await table.update(row.id, { score: 1 })
      streamed++
    }
    expect(streamed).toBe(await table.count({ score: 1 }))
    expect(streamed).toBe(1001)
  })

  test("inserts all of many rows or none", async () => {
    const table = await users()
    const rows = Array.from({ length: 900 }, (_, index) => ({ email: `u${index % 899}` }))
    await expect(table.insertMany(rows)).rejects.toMatchObject({
      code: "ERR_PERSIST_UNIQUE",
      details: { table: "users", columns: ["email"] },
    })
    expect(await table.count()).toBe(0)
  })

  test("refuses wrong columns and values, at compile time too", async () => {
    const table = await users()
    // @ts-expect-error -- email is missing
    await expect(table.insert({ age: 1 })).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_NULL" })
    // @ts-expect-error -- there is no such column
    await expect(table.insert({ email: "a", name: "b" })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    // @ts-expect-error -- age is a number
    await expect(table.insert({ email: "a", age: "b" })).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
    })
    // @ts-expect-error -- email is a string
    await expect(table.find({ email: 1 })).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
    const undefinedCondition = table.delete({ email: undefined as unknown as string })
    await expect(undefinedCondition).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
  })

  test("keeps foreign keys", async () => {
    const table = await users()
    const posts = await database.createTable("posts", {
      author: { type: "uuid", references: { table: "users", onDelete: "cascade" } },
      title: "text",
    })
    const { id } = await table.insert({ email: "a" })
    await posts.insert({ author: id, title: "t" })
    await expect(
      posts.insert({ author: "0190a6d6-5b1c-7f00-8000-0123456789ab", title: "t" }),
    ).rejects.toMatchObject({ code: "ERR_PERSIST_FOREIGN_KEY" })
    await table.delete(id)
    expect(await posts.count()).toBe(0)
  })
})
