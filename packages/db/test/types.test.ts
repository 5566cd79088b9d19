import { channel } from "node:diagnostics_channel"
import { expect, expectTypeOf, test } from "vitest"
import { DatabaseStorage, type NewRow, type RowOf } from "../src/index.ts"

const columns = {
  name: "text",
  size: { type: "bigint", default: 0n },
  seen: { type: "timestamp", nullable: true },
} as const

test("rows are inferred from columns", async () => {
  expectTypeOf<RowOf<typeof columns>>().toEqualTypeOf<{
    readonly id: string
    readonly created_at: Date
    readonly updated_at: Date
    name: string
    size: bigint
    seen: Date | null
  }>()
  expectTypeOf<{ name: string }>().toExtend<NewRow<typeof columns>>()
  expectTypeOf<{ name: string; seen: null; size: bigint }>().toExtend<NewRow<typeof columns>>()
  expectTypeOf<{ seen: Date }>().not.toExtend<NewRow<typeof columns>>()
  expectTypeOf<{ name: null }>().not.toExtend<NewRow<typeof columns>>()

  await using database = new DatabaseStorage<{ other: { n: number } }>()
  const table = await database.createTable("things", columns)
  expectTypeOf(table.name).toEqualTypeOf<"things">()
  expectTypeOf(table.find).parameter(0).toExtend<string | object>()
  const row = await table.insert({ name: "a" })
  expectTypeOf(row.seen).toEqualTypeOf<Date | null>()
  const found = await table.kysely.selectFrom("things").select(["name", "size"]).execute()
  expectTypeOf(found).toEqualTypeOf<{ name: string; size: bigint }[]>()
  expect(found).toEqual([{ name: "a", size: 0n }])
  // @ts-expect-error -- there is no such column
  const wrongColumn = table.findMany({ nme: "a" })
  await expect(wrongColumn).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
  // @ts-expect-error -- it cannot be null
  const wrongNull = table.update(row.id, { name: null })
  await expect(wrongNull).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_NULL" })
  // @ts-expect-error -- there is no such type
  await expect(database.createTable("bad", { a: "varchar" })).rejects.toMatchObject({
    code: "ERR_PERSIST_INVALID_ARGUMENT",
  })
  // @ts-expect-error -- the default is of another type
  const wrongDefault = database.createTable("worse", { a: { type: "integer", default: "b" } })
  await expect(wrongDefault).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
  // @ts-expect-error -- it is misspelt
  const misspelt = database.createTable("worst", { a: { type: "integer", nullabel: true } })
  await expect(misspelt).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
  const reference = { table: "things", onDelte: "cascade" } as const
  // @ts-expect-error -- it is misspelt inside
  const inside = database.createTable("worst", { a: { type: "uuid", references: reference } })
  await expect(inside).rejects.toMatchObject({
    code: "ERR_PERSIST_INVALID_OPTION",
    message: expect.stringMatching(/"onDelte"; known are column, onDelete, table/),
  })
  const fine = { table: "things", onDelete: "cascade" } as const
  await database.createTable("parts", { of: { type: "uuid", references: fine } })
  // @ts-expect-error -- the schema has no such table
  void database.kysely.selectFrom("nothing").compile()
  const { rows } = await database.executeSql<{ one: number }>("select 1 as one")
  expectTypeOf(rows).toEqualTypeOf<{ one: number }[]>()
})

test("a condition may be a list of all that a column holds", async () => {
  await using database = new DatabaseStorage()
  const table = await database.createTable("t", {
    name: { type: "text", nullable: true },
    active: "boolean",
  })
  for (const name of ["a", "b", null]) await table.insert({ name, active: name === "a" })
  expect(await table.count({ name: ["a", null] })).toBe(2)
  expect(await table.count({ active: [true, false] })).toBe(3)
  expect(await table.count({ active: { in: [true, false] } })).toBe(3)
  // @ts-expect-error -- it is of another type
  await expect(table.count({ name: ["a", 5] })).rejects.toMatchObject({
    code: "ERR_PERSIST_VALIDATION",
  })
  // @ts-expect-error -- no row has null there, so that is a mistake
  expect(await table.count({ active: [true, null] })).toBe(1)
})

test("statements and sessions can be traced, without their parameters", async () => {
  await using database = new DatabaseStorage()
  const texts: unknown[] = []
  const listen = (message: unknown) => void texts.push((message as { text: string }).text)
  const names = ["statement", "session"].map((name) => `tracing:persist:database:${name}:start`)
  for (const name of names) channel(name).subscribe(listen)
  await database.getSession(
    () => database.executeSql("select :secret as x", { secret: "s3cret" }),
    {
      name: "traced",
    },
  )
  for (const name of names) channel(name).unsubscribe(listen)
  expect(texts).toEqual(['session "traced"', "select ? as x"])
})
