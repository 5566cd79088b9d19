import { setTimeout as delay } from "node:timers/promises"
import { Kysely, type LogEvent, sql } from "kysely"
import { expect, onTestFinished, test, vi } from "vitest"
import {
  type DatabaseOptions,
  DatabaseStorage,
  mysqlDialect,
  postgresDialect,
  sqliteDialect,
} from "../src/index.ts"
import { describeEngines, type TestEngine } from "./support/engines.ts"

interface Schema {
  readonly t: { n: number | null }
}

function kyselyOn(
  engine: TestEngine["name"],
  options: DatabaseOptions,
  log: (event: LogEvent) => void = () => {},
): Kysely<Schema> {
  const dialect = {
    sqlite: sqliteDialect,
    memory: sqliteDialect,
    postgres: postgresDialect,
    pglite: postgresDialect,
    mariadb: mysqlDialect,
  }[engine]
  return new Kysely<Schema>({ dialect: dialect(options), log })
}

async function withTable(kysely: Kysely<Schema>): Promise<void> {
  await kysely.schema.createTable("t").addColumn("n", "integer").execute()
}

const numbers = (kysely: Kysely<Schema>) =>
  kysely.selectFrom("t").select("n").orderBy("n").execute()

describeEngines("a Kysely of the caller's own", ({ fresh, name }) => {
  const isPostgres = name === "postgres" || name === "pglite"

  test("logs how its transactions go", async () => {
    const texts: string[] = []
    const log = ({ query }: LogEvent) => texts.push(query.sql.replaceAll("`", '"'))
    await using kysely = kyselyOn(name, await fresh(), log)
    await withTable(kysely)
    texts.length = 0
    const transaction = await kysely.startTransaction().execute()
    const saved = await transaction.savepoint("one").execute()
    await saved.insertInto("t").values({ n: null }).execute()
    await saved.rollbackToSavepoint("one").execute()
    await saved.releaseSavepoint("one").execute()
    await transaction.commit().execute()
    await kysely
      .transaction()
      .execute(() => Promise.reject(new Error("no")))
      .catch(() => {})
    const begin = name === "sqlite" || name === "memory" ? "begin immediate" : "begin"
    expect(texts.map((text) => text.replace(/^insert.*/, "insert"))).toEqual([
      begin,
      'savepoint "one"',
      "insert",
      'rollback to "one"',
      'release savepoint "one"',
      "commit",
      begin,
      "rollback",
    ])
    expect(await numbers(kysely)).toEqual([])
  })

  if (!name.includes("lite") && name !== "memory")
    test("begins as it is asked to", async () => {
      const texts: string[] = []
      await using kysely = kyselyOn(name, await fresh(), ({ query }) => texts.push(query.sql))
      await kysely
        .transaction()
        .setIsolationLevel("serializable")
        .setAccessMode("read write")
        .execute(async () => {})
      expect(texts.slice(0, -1)).toEqual(
        name === "postgres"
          ? ["start transaction isolation level serializable read write"]
          : ["set transaction isolation level serializable, read write", "begin"],
      )
    })

  test("may only read where it says so, and leaves no transaction begun by hand", async () => {
    await using kysely = kyselyOn(name, await fresh())
    await withTable(kysely)
    const add = (one: Kysely<Schema>) => one.insertInto("t").values({ n: 1 }).execute()
    const refused = { code: "ERR_PERSIST_SESSION" }
    const reading = kysely.transaction().setAccessMode("read only").execute(add)
    await expect(reading).rejects.toMatchObject(refused)
    const careless = kysely.connection().execute(async (one) => {
      await sql`begin`.execute(one)
      await add(one)
    })
    await expect(careless).rejects.toMatchObject(refused)
    expect(await numbers(kysely)).toEqual([])
    await add(kysely)
    expect(await numbers(kysely)).toEqual([{ n: 1 }])
  })

  if (name === "sqlite")
    test("reads what is committed beside the transaction that writes, which sees its own", async () => {
      await using kysely = kyselyOn(name, { ...(await fresh()), acquireTimeout: 2_000 })
      await withTable(kysely)
      await kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto("t").values({ n: 1 }).execute()
        expect(await numbers(kysely)).toEqual([])
        expect(await numbers(transaction)).toEqual([{ n: 1 }])
      })
    })

  if (isPostgres)
    test("has its connection back when a commit could only roll back", async () => {
      const options = await fresh()
      await using kysely = kyselyOn(name, { ...options, connections: 1, acquireTimeout: 2_000 })
      await using database = new DatabaseStorage({ ...options, connections: 1 })
      for (const one of [kysely, database.kysely]) {
        for (let time = 0; time < 3; time++) {
          const transaction = await one.startTransaction().execute()
          await expect(sql`select nothing`.execute(transaction)).rejects.toThrow("nothing")
          const committing = transaction.commit().execute()
          await expect(committing).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
          expect(transaction.isRolledBack).toBe(true)
        }
      }
    })

  if (name === "sqlite" || name === "memory")
    test("keeps its connection to itself from the first write on", async () => {
      await using kysely = kyselyOn(name, await fresh())
      await withTable(kysely)
      const others: Promise<unknown>[] = []
      const { rows } = await kysely.connection().execute(async (one) => {
        await one.insertInto("t").values({ n: 1000 }).execute()
        for (let n = 0; n < 40; n++) others.push(kysely.insertInto("t").values({ n }).execute())
        await delay(5)
        return sql`select n from t where rowid = last_insert_rowid()`.execute(one)
      })
      await Promise.all(others)
      expect(rows).toEqual([{ n: 1000 }])
    })

  if (name !== "memory")
    test("streams what a statement that writes returns", async () => {
      await using kysely = kyselyOn(name, await fresh())
      await withTable(kysely)
      const inserted: unknown[] = []
      const insert = kysely
        .insertInto("t")
        .values([{ n: 1 }, { n: 2 }, { n: 3 }])
        .returning("n")
      for await (const row of insert.stream(2)) inserted.push(row)
      expect(inserted).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
      expect(await numbers(kysely)).toEqual(inserted)
    })

  test("is told what is wrong with a stream's statement that the database refuses", async () => {
    await using kysely = kyselyOn(name, { ...(await fresh()), connections: 1 })
    await withTable(kysely)
    await kysely.schema.createIndex("once").on("t").column("n").unique().execute()
    const streaming = async (...rows: { n: number }[]) => {
      const insert = kysely.insertInto("t").values(rows).returning("n")
      for await (const _ of insert.stream()) expect.fail("it was inserted")
    }
    // A listener left on the connection each time would be too many by then.
    const warn = vi.spyOn(process, "emitWarning")
    onTestFinished(() => warn.mockRestore())
    for (let time = 0; time < 12; time++) {
      const twice = streaming({ n: 1 }, { n: 1 })
      await expect(twice).rejects.toMatchObject({ code: "ERR_PERSIST_UNIQUE" })
      const unsendable = streaming({ n: Symbol() as never })
      await expect(unsendable).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
    }
    expect(warn).not.toHaveBeenCalled()
    expect(await numbers(kysely)).toEqual([])
  })

  if (name === "postgres" || name === "mariadb")
    test("is told what holds the only connection, where a stream does", async () => {
      const options = await fresh()
      await using kysely = kyselyOn(name, { ...options, connections: 1, acquireTimeout: 1_000 })
      await withTable(kysely)
      await kysely.insertInto("t").values({ n: 1 }).execute()
      const reading = async () => {
        for await (const { n } of kysely.selectFrom("t").selectAll().stream()) {
          await kysely.updateTable("t").set({ n }).execute()
        }
      }
      const error = await reading().catch((caught: Error & { code?: string }) => caught)
      expect(error).toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
      expect((error as Error).message).toContain("a stream of: select * from")
      expect(await numbers(kysely)).toEqual([{ n: 1 }])
    })

  test("is told by an error's stack where the statement stands", async () => {
    await using kysely = kyselyOn(name, await fresh())
    await withTable(kysely)
    await kysely.insertInto("t").values({ n: 1 }).execute()
    const divide = (by: number) =>
      isPostgres
        ? sql`select n / ${by}::int from t`.execute(kysely)
        : sql`select n from t where n = ${by === 0 ? undefined : by}`.execute(kysely)
    for (let time = 0; time < 4; time++) await divide(1)
    for (const broken of [() => divide(0), () => sql`select nothing`.execute(kysely)]) {
      const error = await broken().catch((caught: Error) => caught)
      expect((error as Error).stack).toContain("own-kysely.test.ts")
    }
  })
})
