import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { CamelCasePlugin } from "kysely"
import { createPool } from "mysql2"
import { Pool } from "pg"
import { describe, expect, inject, test, vi } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

/** Without the server, a test that says so: it is skipped by hand, and fails on CI. */
function serverTest(server: "postgres" | "mariadb", name: string, work: () => Promise<void>): void {
  const { missing } = inject(server)
  if (missing === undefined) return void test(name, work)
  console.warn(`NOT TESTED: ${name}. ${missing}`)
  test.skipIf(!process.env.CI)(name, () => expect.fail(missing))
}

/** Takes every connection of a pool, and looks whether its owner's query has one nevertheless. */
async function expectShared(
  database: DatabaseStorage,
  query: () => Promise<unknown>,
): Promise<void> {
  const work = () => database.executeSql("select 1")
  await Promise.all(Array.from({ length: 6 }, work))
  await query()
  let isOver = false
  const atWork = async () => {
    while (!isOver) await work()
  }
  const busy = Array.from({ length: 12 }, atWork)
  await query()
  isOver = true
  await Promise.all(busy)
}

describe("a client of the caller's own", () => {
  test("works on SQLite, and stays open", async () => {
    const client = new Database(":memory:")
    const database = new DatabaseStorage({ engine: "sqlite", client })
    await database.getSession(() => database.executeSql("create table t (n int)"))
    await database.executeSql("insert into t values (?)", [1])
    expect((await database.executeSql("select n from t")).rows).toEqual([{ n: 1 }])
    await database.close()
    expect(client.open).toBe(true)
    expect(client.prepare("select count(*) as n from t").get()).toEqual({ n: 1 })
    client.close()
  })

  test("keeps a transaction on SQLite that its owner has begun by hand", async () => {
    const client = new Database(":memory:")
    client.exec("create table t (n int unique)")
    await using database = new DatabaseStorage({ engine: "sqlite", client })
    const states = database.storage("states")
    await states.save("a", 1)
    const insert = (n: number) => database.executeSql("insert into t values (?)", [n])
    client.exec("begin; insert into t values (1)")
    await insert(2)
    expect((await database.executeSql("select n from t")).rows).toEqual([{ n: 1 }, { n: 2 }])
    // One cannot begin inside of another.
    await expect(database.getSession(() => insert(3))).rejects.toThrow("within a transaction")
    expect(() => states.saveSync("a", 2, { version: true })).toThrow("within a transaction")
    await database.executeSql("savepoint ours")
    client.exec("commit")
    await database.getSession(() => insert(4))
    // What SQLite itself has rolled back was ours; what begins then is not.
    const failing = () => database.executeSql("insert or rollback into t values (4)")
    await expect(database.getSession(failing)).rejects.toThrow("Another row")
    client.exec("begin")
    await insert(5)
    client.exec("commit")
    const { rows } = await database.executeSql("select n from t")
    expect(rows.map(({ n }) => n)).toEqual([1, 2, 4, 5])
    expect(await states.load("a")).toBe(1)
    client.close()
  })

  serverTest("postgres", "has every connection back that a watch has lost", async () => {
    const { url } = inject("postgres")
    const pool = new Pool({ connectionString: url, max: 2 })
    const database = new DatabaseStorage({ engine: "postgres", client: pool, connections: 1 })
    await using other = new DatabaseStorage(url!)
    const name = `lost_${process.pid}`
    const changes = database.storage(name).watch()[Symbol.asyncIterator]()
    expect((await changes.next()).value).toMatchObject({ type: "gap" })
    const listening = (known?: number) =>
      vi.waitFor(
        async () => {
          const query = `listen "persist_${name}"`
          const sql = "select pid from pg_stat_activity where query = ? and state = 'idle'"
          const { rows } = await other.executeSql<{ pid: number }>(sql, [query])
          const found = rows.filter(({ pid }) => pid !== known)
          expect(found).toHaveLength(1)
          return found[0]!.pid
        },
        { timeout: 20_000, interval: 50 },
      )
    for (let time = 0; time < 3; time++) {
      const pid = await listening()
      await other.executeSql("select pg_terminate_backend(?)", [pid])
      await listening(pid)
    }
    await other.storage(name).save("a", 1)
    const { value } = await changes.next()
    expect(value).toMatchObject({ type: "save", key: "a" })
    await database.close()
    await pool.end()
    expect(pool.totalCount).toBe(0)
  })

  serverTest(
    "postgres",
    "is free for its owner when nothing runs here, and while much does",
    async () => {
      const client = new Pool({ connectionString: inject("postgres").url, max: 2 })
      await using database = new DatabaseStorage({ engine: "postgres", client })
      await expectShared(database, () => client.query("select 1"))
      await database.close()
      await client.end()
    },
  )

  serverTest("postgres", "has its statements prepared once, however often it is lent", async () => {
    const client = new Pool({ connectionString: inject("postgres").url, max: 1 })
    await using database = new DatabaseStorage({ engine: "postgres", client })
    const texts = ["select 1 as a", "select 2 as b", "select 3 as c"]
    const prepared: string[] = []
    for (let time = 0; time < 3; time++) {
      for (const text of texts) for (const sql of [text, text]) await database.executeSql(sql)
      texts.push(texts.shift()!)
      // Waits until it has been given back.
      const sql = "select statement from pg_prepared_statements order by statement"
      const { rows } = await client.query<{ statement: string }>(sql)
      prepared.push(rows.map(({ statement }) => statement).join())
    }
    expect(prepared).toEqual(Array(3).fill(texts.join()))
    await client.query("deallocate all")
    const all = async () => {
      for (const text of texts) expect((await database.executeSql(text)).rows).toHaveLength(1)
    }
    await all()
    await client.query("deallocate all")
    await database.getSession(all, { retries: 1 })
    await database.close()
    await client.end()
  })

  serverTest("mariadb", "is free for its owner on MySQL too", async () => {
    const client = createPool({ uri: inject("mariadb").url!, connectionLimit: 2 })
    await using database = new DatabaseStorage({ engine: "mysql", client })
    await expectShared(database, () => client.promise().query("select 1"))
    await database.close()
    await client.promise().end()
  })

  serverTest("postgres", "works on PostgreSQL", async () => {
    const client = new Pool({ connectionString: inject("postgres").url, max: 3 })
    const database = new DatabaseStorage({ engine: "postgres", client, connections: 3 })
    const { rows } = await database.getSession(() =>
      database.executeSql("select :n::int as n", { n: 5 }),
    )
    expect(rows).toEqual([{ n: 5 }])
    await database.close()
    expect((await client.query("select 1 as n")).rows).toEqual([{ n: 1 }])
    await client.end()
  })

  serverTest("postgres", "is left without listeners of those that used it", async () => {
    const client = new Pool({ connectionString: inject("postgres").url, max: 1 })
    const listeners = async () => {
      const lent = await client.connect()
      const count = lent.listenerCount("error") + lent.listenerCount("end")
      lent.release()
      return count
    }
    const before = await listeners()
    for (let time = 0; time < 12; time++) {
      await using database = new DatabaseStorage({ engine: "postgres", client })
      await database.executeSql("select 1")
    }
    expect(await listeners()).toBe(before)
    await client.end()
  })

  serverTest("mariadb", "is left without listeners on MySQL too", async () => {
    const client = createPool({ uri: inject("mariadb").url!, connectionLimit: 1 })
    const listeners = async () => {
      const lent = await client.promise().getConnection()
      const { connection } = lent
      const count = connection.listenerCount("error") + connection.listenerCount("end")
      lent.release()
      return count
    }
    const before = await listeners()
    for (let time = 0; time < 12; time++) {
      await using database = new DatabaseStorage({ engine: "mysql", client })
      await database.executeSql("select 1")
    }
    expect(await listeners()).toBe(before)
    await client.promise().end()
  })

  serverTest("mariadb", "holds the same values on MySQL, however the pool reads them", async () => {
    const client = createPool({
      uri: inject("mariadb").url!,
      connectionLimit: 1,
      timezone: "+05:00",
      decimalNumbers: true,
      typeCast: (field) => field.string(),
    })
    const zone = async () =>
      (await client.promise().query("select @@session.time_zone as zone, @@sql_mode as mode"))[0]
    const before = await zone()
    const database = new DatabaseStorage({ engine: "mysql", client })
    const table = await database.createTable(`own_${process.pid}`, {
      at: "timestamp",
      big: "bigint",
      exact: "decimal",
      value: "json",
    })
    const row = {
      at: new Date("2024-07-01T12:34:56.789Z"),
      big: 2n ** 63n - 1n,
      exact: "12345678901234567890.123456789",
    }
    for (const value of ["abc", "123", 5, [1, "2"], { a: null }]) {
      const stored = await table.insert({ ...row, value })
      expect(stored).toMatchObject({ ...row, value })
      expect(Math.abs(stored.created_at.getTime() - Date.now())).toBeLessThan(60_000)
    }
    await database.executeSql(`drop table ${table.name}`)
    await database.close()
    expect(await zone()).toEqual(before)
    await client.promise().end()
  })

  serverTest("mariadb", "works on MySQL, callbacks and all", async () => {
    const client = createPool({ uri: inject("mariadb").url!, connectionLimit: 3 })
    const database = new DatabaseStorage({ engine: "mysql", client, connections: 3 })
    const { rows } = await database.getSession(() =>
      database.executeSql("select :n as n", { n: 5 }),
    )
    expect(rows).toEqual([{ n: 5 }])
    await database.close()
    await client.promise().end()
  })
})

describe("Kysely's other ways", () => {
  test("startTransaction, connection and plugins work", async () => {
    const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
    const database = new DatabaseStorage<{ people: { firstName: string } }>(
      `sqlite:${join(directory, "a.db")}`,
    )
    await database.executeSql("create table people (first_name text)")
    const kysely = database.kysely.withPlugin(new CamelCasePlugin())
    const transaction = await kysely.startTransaction().execute()
    await transaction.insertInto("people").values({ firstName: "Ada" }).execute()
    const saved = await transaction.savepoint("one").execute()
    await saved.insertInto("people").values({ firstName: "Bob" }).execute()
    await saved.rollbackToSavepoint("one").execute()
    expect(await kysely.selectFrom("people").selectAll().execute()).toEqual([])
    await transaction.commit().execute()
    await kysely.connection().execute(async (one) => {
      expect(await one.selectFrom("people").selectAll().execute()).toEqual([{ firstName: "Ada" }])
      expect(await kysely.selectFrom("people").selectAll().execute()).toEqual([
        { firstName: "Ada" },
      ])
    })
    const streamed: unknown[] = []
    for await (const row of kysely.selectFrom("people").selectAll().stream()) streamed.push(row)
    expect(streamed).toEqual([{ firstName: "Ada" }])
    await database.close()
    rmSync(directory, { recursive: true })
  })
})

describe("two handles on one file in one process", () => {
  test("wait for each other without blocking the event loop", async () => {
    const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
    const connection = `sqlite:${join(directory, "a.db")}`
    const [one, two] = [new DatabaseStorage(connection), new DatabaseStorage(connection)]
    await one.executeSql("create table t (n int)")
    let ticks = 0
    const ticking = setInterval(() => ticks++, 1)
    const holding = one.getSession(async () => {
      await one.executeSql("insert into t values (1)")
      await new Promise<void>((resolve) => {
        const done = setInterval(() => {
          if (ticks < 20) return
          clearInterval(done)
          resolve()
        }, 1)
      })
    })
    await two.executeSql("insert into t values (2)")
    await holding
    clearInterval(ticking)
    expect((await two.executeSql("select n from t order by n")).rows).toEqual([{ n: 1 }, { n: 2 }])
    const impatient = new DatabaseStorage({ connection, busyTimeout: 20 })
    await one.getSession(async () => {
      await one.executeSql("insert into t values (3)")
      await expect(impatient.executeSql("insert into t values (4)")).rejects.toMatchObject({
        code: "ERR_PERSIST_BUSY",
      })
    })
    for (const database of [one, two, impatient]) await database.close()
    rmSync(directory, { recursive: true })
  })
})
