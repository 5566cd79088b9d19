import { afterEach, beforeEach, expect, test, vi } from "vitest"
import {
  type DatabaseOptions,
  DatabaseStorage,
  type Migrations,
  type Session,
} from "../src/index.ts"
import { countRows, describeEngines, openFresh } from "./support/engines.ts"

describeEngines("several migrators", (engine) => {
  let options: DatabaseOptions
  let database: DatabaseStorage
  beforeEach(async () => {
    ;({ options, database } = await openFresh(engine))
  })
  afterEach(() => database?.close())

  const migrations: Migrations = {
    "001_users": "create table users (name varchar(20))",
    "002_first": "insert into users values ('Ada')",
    "003_more": "create table a (n int); create table b (n int)",
  }
  const count = (table: string) => countRows(database, table)

  if (["postgres", "mariadb"].includes(engine.name))
    test("does nothing when it waits longer for another migrator than a statement may take", async () => {
      const isRunning = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      let times = 0
      const slow: Migrations = {
        "001_slow": {
          up: async (session) => {
            times++
            isRunning.resolve()
            await goOn.promise
            await session.executeSql("create table slow (n int)")
          },
        },
      }
      const first = database.migrate(slow)
      await isRunning.promise
      await using hasty = new DatabaseStorage({ ...options, timeout: 200 })
      await expect(hasty.migrate(slow)).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
      goOn.resolve()
      expect(await first).toEqual({ applied: ["001_slow"], reverted: [] })
      expect(await hasty.migrate(slow)).toEqual({ applied: [], reverted: [] })
      expect(times).toBe(1)
    })

  if (["postgres", "mariadb"].includes(engine.name))
    test("waits for another migrator until a signal", async () => {
      const controller = new AbortController()
      await using other = new DatabaseStorage(options)
      const waits: Migrations = {
        "001_long": {
          up: async (session) => {
            const second = other.migrate(waits, { signal: controller.signal })
            controller.abort()
            await expect(second).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
            await session.executeSql("create table lasting (n int)")
          },
        },
      }
      expect((await database.migrate(waits)).applied).toEqual(["001_long"])
      expect((await other.migrate(waits)).applied).toEqual([])
    })

  if (engine.isShared && engine.name !== "mariadb")
    test("looks again at what comes next when another was faster", async () => {
      const isRunning = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const tables =
        "create table parents (id integer primary key); create table children (parent integer references parents (id) on delete cascade); insert into parents values (1); insert into children values (1)"
      const second = {
        // Each would fail, or lose rows, as a part of the first one's transaction.
        sqlite: {
          up: "create table anew (id integer primary key); insert into anew select id from parents; drop table parents; alter table anew rename to parents",
          foreignKeys: false,
        },
        postgres: {
          up: "create index concurrently by_parent on children (parent)",
          transaction: false,
        },
      }[engine.name as "sqlite" | "postgres"]
      const slow = {
        up: async (session: Session) => {
          isRunning.resolve()
          await goOn.promise
          await session.executeSql(tables)
        },
      }
      const first = database.migrate({ "001": slow })
      await isRunning.promise
      await using other = new DatabaseStorage(options)
      const both = other.migrate({ "001": { up: tables, checksum: "" }, "002": second })
      await other.executeSql("select 1")
      goOn.resolve()
      expect(await first).toEqual({ applied: ["001"], reverted: [] })
      expect(await both).toEqual({ applied: ["002"], reverted: [] })
      expect(await count("children")).toBe(1)
    })

  if (engine.name === "postgres") {
    test("makes an index concurrently while another migrator waits", async () => {
      const isRunning = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const up = async (session: Session) => {
        isRunning.resolve()
        await goOn.promise
        await session.executeSql("create index concurrently by_n on numbers (n)")
      }
      const concurrent: Migrations = {
        "001": "create table numbers (n int)",
        "002": { up, transaction: false },
      }
      const first = database.migrate(concurrent)
      await isRunning.promise
      await using other = new DatabaseStorage(options)
      const second = other.migrate(concurrent)
      await using watcher = new DatabaseStorage(options)
      const sql =
        "select count(*) as n from pg_stat_activity where query like '%advisory%' and pid <> pg_backend_pid()"
      await vi.waitFor(async () => {
        const { rows } = await watcher.executeSql<{ n: bigint }>(sql)
        expect(Number(rows[0]!.n)).toBeGreaterThan(0)
      }, 60_000)
      goOn.resolve()
      expect(await Promise.all([first, second])).toEqual([
        { applied: ["001", "002"], reverted: [] },
        { applied: [], reverted: [] },
      ])
    })

    test("keeps the migrations of each schema apart", async () => {
      await database.migrate(migrations)
      const { connection } = await engine.fresh()
      const path = /search_path%3D(\w+)/
      const [mine, theirs] = [options.connection!, connection!].map((one) => path.exec(one)![1]!)
      await using other = new DatabaseStorage(connection!.replace(theirs!, `${theirs}%2C${mine}`))
      expect((await other.migrationStatus(migrations)).at(0)?.state).toBe("pending")
      expect((await other.migrate(migrations)).applied).toEqual(Object.keys(migrations))
      expect((await other.migrate(migrations)).applied).toEqual([])
    })
  }

  if (engine.name === "mariadb" || engine.name === "sqlite")
    test("does not wait for the migrator of another database", async () => {
      await using other = new DatabaseStorage(await engine.fresh())
      const inner = () => other.migrate({ "001_inner": "create table inside (n int)" })
      const outer = { "001_outer": { up: () => database.outside(inner), transaction: false } }
      expect((await database.migrate(outer)).applied).toEqual(["001_outer"])
      expect(await other.migrationStatus({})).toMatchObject([{ name: "001_inner" }])
    })

  if (["postgres", "mariadb"].includes(engine.name))
    test("lets two migrators at once do the work once without a transaction, too", async () => {
      let times = 0
      const up = async () => {
        times++
        await database.outside(() => database.executeSql("select 1"))
      }
      const without: Migrations = Object.fromEntries(
        ["1", "2", "3", "4"].map((name) => [name, { transaction: false, up }]),
      )
      await using other = new DatabaseStorage(options)
      const reports = await Promise.all([database, other].map((one) => one.migrate(without)))
      expect(times).toBe(4)
      expect(reports.flatMap(({ applied }) => applied).sort()).toEqual(["1", "2", "3", "4"])
      // What they locked is free again.
      const last: Migrations = { ...without, "5": { transaction: false, up } }
      expect(await other.migrate(last)).toMatchObject({ applied: ["5"] })
    })

  test("lets two migrators at once do the work once", async () => {
    const other = engine.isShared ? new DatabaseStorage(options) : database
    const reports = await Promise.all(
      [database, other, database, other].map((each) => each.migrate(migrations)),
    )
    expect(reports.flatMap(({ applied }) => applied).toSorted()).toEqual(Object.keys(migrations))
    expect(await count("users")).toBe(1)
    if (other !== database) await other.close()
  })
})
