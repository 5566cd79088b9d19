import { CamelCasePlugin, Kysely, type KyselyPlugin, SafeNullComparisonPlugin, sql } from "kysely"
import { Migrator } from "kysely/migration"
import { expect, test } from "vitest"
import { DatabaseStorage, mysqlDialect } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

async function schemaOf(database: DatabaseStorage, engine: string): Promise<string | undefined> {
  if (engine !== "postgres" && engine !== "pglite") return undefined
  return (await database.executeSql<{ name: string }>("select current_schema() as name")).rows[0]!
    .name
}

describeEngines("Kysely over our drivers", ({ fresh, name }) => {
  test("lets Kysely write beside a stream of the same transaction", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { n: "integer" })
      await table.insertMany([1, 2, 3].map((n) => ({ n })))
      await table.kysely.transaction().execute(async (transaction) => {
        for await (const { id, n } of transaction.selectFrom("t").selectAll().stream(1)) {
          await transaction
            .updateTable("t")
            .set({ n: Number(n) * 10 })
            .where("id", "=", id)
            .execute()
        }
      })
      const rows = await table.findMany({}, { orderBy: { n: "asc" } })
      expect(rows.map(({ n }) => n)).toEqual([10, 20, 30])
    }))

  test("ends a stream whose signal is aborted, and takes none that was before", () =>
    withDatabase(fresh, async (database) => {
      const { kysely } = await database.createTable("t", { n: "integer" })
      await kysely
        .insertInto("t")
        .values([{ n: 1 }, { n: 2 }])
        .execute()
      const controller = new AbortController()
      const { signal } = controller
      let count = 0
      const reading = async () => {
        for await (const _ of kysely.selectFrom("t").selectAll().stream({ signal })) {
          count++
          controller.abort()
        }
      }
      await expect(reading()).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      expect(count).toBeGreaterThan(0)
      const late = kysely.connection().execute(async () => expect.fail("too late"), { signal })
      await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      count = 0
      for (const again of [reading, () => database.getSession(reading)]) {
        await expect(again()).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      }
      expect(count).toBe(0)
    }))

  test("streams nothing of a statement that returns nothing, and runs it once", () =>
    withDatabase(fresh, async (database) => {
      const { kysely } = await database.createTable("t", { n: "integer" })
      const read = async (query: { stream(): AsyncIterableIterator<unknown> }) => {
        for await (const _ of query.stream()) expect.fail("a row")
      }
      for (let time = 0; time < 3; time++) await read(kysely.insertInto("t").values({ n: 1 }))
      await read(kysely.updateTable("t").set({ n: sql<number>`n + 1` }).where("n", "=", 1))
      await kysely.transaction().execute((inner) => read(inner.deleteFrom("t").where("n", "=", 3)))
      const rows = await kysely.selectFrom("t").select("n").execute()
      expect(rows.map(({ n }) => Number(n))).toEqual([2, 2, 2])
    }))

  if (name !== "postgres" && name !== "pglite")
    test("compares with null as Kysely's plugin for that does", () =>
      withDatabase(fresh, async (database) => {
        const table = await database.createTable("t", {
          n: { type: "bigint", nullable: true },
          text: "text",
        })
        const text = "it is ?, `is ?` and 'is ?'"
        await table.insertMany([
          { n: null, text },
          { n: 2n ** 60n, text },
        ])
        const kysely = table.kysely.withPlugin(new SafeNullComparisonPlugin())
        const missing = kysely.selectFrom("t").select("n").where("text", "=", text)
        const none = missing.where("n", "=", null)
        expect(await none.execute()).toEqual([{ n: null }])
        const streamed: unknown[] = []
        for await (const row of none.stream()) streamed.push(row)
        expect(streamed).toEqual([{ n: null }])
        const some = missing.where("n", "!=", null).where("n", "=", 2n ** 60n)
        expect(await some.execute()).toEqual([{ n: 2n ** 60n }])
      }))

  if (name !== "mariadb")
    test("undoes a migration of Kysely's migrator that fails", () =>
      withDatabase(fresh, async (database) => {
        const up = async (kysely: Kysely<unknown>) => {
          await kysely.schema.createTable("half").addColumn("n", "integer").execute()
          throw new Error("no further")
        }
        const provider = { getMigrations: async () => ({ one: { up } }) }
        const migrationTableSchema = await schemaOf(database, name)
        const migrator = new Migrator({
          db: database.kysely,
          provider,
          ...(migrationTableSchema !== undefined && { migrationTableSchema }),
        })
        expect((await migrator.migrateToLatest()).error).toMatchObject({ message: "no further" })
        const left = database.executeSql("select * from half")
        await expect(left).rejects.toMatchObject({ code: "ERR_PERSIST_NO_TABLE" })
      }))

  if (name === "mariadb")
    test("keeps Kysely's connection one, and tells changed rows", async () => {
      const kysely = new Kysely<{ t: { n: number } }>({ dialect: mysqlDialect(await fresh()) })
      await kysely.schema.createTable("t").addColumn("n", "integer").execute()
      await kysely
        .insertInto("t")
        .values([{ n: 1 }, { n: 2 }])
        .execute()
      const [result] = await kysely.updateTable("t").set({ n: 2 }).execute()
      expect(result).toMatchObject({ numUpdatedRows: 2n, numChangedRows: 1n })
      await kysely.connection().execute(async (one) => {
        const idOf = async () => {
          const id = one.fn<number>("connection_id", [])
          return (await one.selectNoFrom(id.as("id")).executeTakeFirstOrThrow()).id
        }
        const others = Promise.all(
          [1, 2, 3].map(() => kysely.selectFrom("t").selectAll().execute()),
        )
        expect(new Set([await idOf(), await idOf(), await idOf()]).size).toBe(1)
        await others
      })
      await kysely.destroy()
    })
})

test("Kysely's plugins see every result in their order, also those of a stream", async () => {
  await using database = new DatabaseStorage<{ notes: { text: string } }>("sqlite::memory:")
  await database.executeSql("create table notes (text text)")
  await database.executeSql("insert into notes values ('n')")
  const marking = (mark: string): KyselyPlugin => ({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => ({
      ...result,
      rows: result.rows.map((row) => ({ ...row, text: `${row.text}${mark}` })),
    }),
  })
  const marked = database.kysely.withPlugin(marking("1")).withPlugin(marking("2"))
  const streamed: { text: string }[] = []
  for await (const row of marked.selectFrom("notes").selectAll().stream()) streamed.push(row)
  expect(streamed).toEqual([{ text: "n12" }])
  expect(await marked.selectFrom("notes").selectAll().execute()).toEqual(streamed)
  const plain = marked.withoutPlugins().selectFrom("notes").selectAll()
  expect(await plain.execute()).toEqual([{ text: "n" }])
  const named = database.kysely.withPlugin(new CamelCasePlugin()).withSchema("mySchema")
  expect(named.selectFrom("notes").selectAll().compile().sql).toContain('"my_schema"."notes"')
})
