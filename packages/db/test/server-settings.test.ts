import { inspect } from "node:util"
import { expect, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"
import { describeEngines, type TestEngine, withDatabase } from "./support/engines.ts"

describeEngines(
  "a server's own limit of time",
  ({ fresh, name }) => {
    test("is told as one", () =>
      withDatabase(fresh, async (database) => {
        const [limit, slow] =
          name === "postgres"
            ? ["set local statement_timeout = 50", "select pg_sleep(20)"]
            : ["set statement max_statement_time = 0.05 for", "select count(*) from t a, t b, t c"]
        await database.executeSql("create table t (n int)")
        await database.executeSql("insert into t values (?)", [1])
        for (let time = 0; time < 10; time++) {
          await database.executeSql("insert into t select n + 1 from t")
        }
        const running = database.getSession(async () => {
          if (name === "postgres") await database.executeSql(limit)
          await database.executeSql(name === "postgres" ? slow : `${limit} ${slow}`)
        })
        await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
      }))
  },
  ["postgres", "mariadb"],
)

describeEngines(
  "a server's own way to write texts",
  ({ fresh }) => {
    test("changes no value", async () => {
      const { connection } = await fresh()
      const settings =
        "%20-cdatestyle%3DGerman%20-cstandard_conforming_strings%3Doff%20-cintervalstyle%3Diso_8601"
      await using database = new DatabaseStorage(connection + settings)
      const day = "2024-05-01"
      const at = new Date(`${day}T10:00:00.123Z`)
      const columns = { at: "timestamp", path: { type: "text", default: "C:\\new" } } as const
      const table = await database.createTable("t", columns)
      await database.createTable("t", columns)
      expect(await table.insert({ at })).toMatchObject({ at, path: "C:\\new" })
      const sql =
        "select at, at::date as day, 'C:\\' as drive, interval '25 hours' as wait from t where path = :path"
      const { rows } = await database.executeSql(sql, { path: "C:\\new" })
      expect(rows).toEqual([{ at, day, drive: "C:\\", wait: "25:00:00" }])
    })
  },
  ["postgres"],
)

/** Waits without a turn of the event loop, 20 s at most: a slow machine is no failure. */
function blockWhileRunning(pid: number): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let time = 0; time < 2_000 && isRunning(pid); time++) Atomics.wait(nobody, 0, 0, 10)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

describeEngines(
  "a server's limit of idle sessions",
  ({ fresh }) => {
    test("is a loss of the connection, also to a program that was busy meanwhile", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql("create table t (n int)")
        const asked = "select pg_backend_pid() as pid"
        const session = database.getSession(async () => {
          const { rows } = await database.executeSql<{ pid: number }>(asked)
          await database.executeSql("insert into t values (1)")
          await database.executeSql("set idle_in_transaction_session_timeout = 20")
          blockWhileRunning(rows[0]!.pid)
          await database.executeSql("insert into t values (2)")
        })
        await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_CONNECTION" })
        expect((await database.executeSql("select * from t")).rows).toEqual([])
      }))
  },
  ["postgres"],
)

describeEngines(
  "odd settings of MySQL",
  ({ fresh }) => {
    test("change nothing about long lists of texts", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql("create table t (a varchar(100) character set utf8mb4)")
        const odd = ["\\' or 1=1 -- ", "\\", "it's", '"', "\0\x1a\n", "?", "\u{1f600}"]
        for (const a of odd) await database.executeSql("insert into t values (:a)", { a })
        // So many parameters have to be written into the statement.
        const others = Array.from({ length: 65_536 }, (_, n) => `\\'${n}`)
        const list = [...others, ...odd]
        const marks = list.map(() => "?").join(",")
        await database.getSession(async () => {
          for (const mode of ["NO_BACKSLASH_ESCAPES", ""]) {
            await database.executeSql(`set session sql_mode = '${mode}'`)
            const sql = `select a from t where a in (${marks})`
            const { rows } = await database.executeSql<{ a: string }>(sql, list)
            expect(rows.map(({ a }) => a).sort()).toEqual(odd.toSorted())
          }
        })
        const wrong = database.executeSql(`select nowhere from t where a in (${marks})`, list)
        const error = await wrong.catch((reason: unknown) => reason)
        expect(error).toMatchObject({ code: "ERR_PERSIST_QUERY" })
        expect(inspect(error, { depth: 5 })).not.toContain("65535")
      }))

    test("such as texts that are bytes by default leave migrations and storages as they are", async () => {
      const { connection } = await fresh()
      const name = new URL(connection!).pathname.slice(1)
      await using database = new DatabaseStorage(connection!)
      await database.executeSql(`alter database ${name} character set binary`)
      const migrations = { first: { up: "create table t (n int)" } }
      await database.migrate(migrations)
      expect(await database.migrate(migrations)).toEqual({ applied: [], reverted: [] })
      const states = database.storage("states")
      await states.save("a", 1, { version: true, backup: true })
      await states.save("a", 2, { version: true, backup: true })
      expect(await states.versions("a")).toHaveLength(2)
      expect(await states.backups("a")).toHaveLength(1)
    })
  },
  ["mariadb"],
)

/** Options that let only read what `options` let change, and what ends that. */
async function readOnly(options: DatabaseOptions, name: TestEngine["name"]) {
  const url = new URL(options.connection!)
  if (name === "postgres") {
    const given = url.searchParams.get("options")
    url.searchParams.set("options", `${given} -cdefault_transaction_read_only=on`)
    return { connection: url.href, end: async () => {} }
  }
  // An administrator, as whom the other tests come, may write all the same.
  const admin = new DatabaseStorage(options)
  const user = `reader_${process.pid}`
  await admin.executeSql(
    `create or replace user ${user}@'%' identified by 'secret'; grant all on \`${url.pathname.slice(1)}\`.* to ${user}@'%'; set global read_only = 1`,
  )
  url.username = user
  url.password = "secret"
  const end = async () => {
    await admin.executeSql(`set global read_only = 0; drop user ${user}@'%'`)
    await admin.close()
  }
  return { connection: url.href, end }
}

describeEngines(
  "a server that only lets read",
  ({ fresh, name }) => {
    test("reads all that is there, and says why it writes nothing", () =>
      withDatabase(fresh, async (database, options) => {
        const migrations = { "1": { up: "create table migrated (n int)" } }
        const notes = await database.createTable("notes", { text: "text" })
        await notes.insert({ text: "a" })
        await database.storage("states").save("a", 1)
        await database.migrate(migrations)
        const { connection, end } = await readOnly(options, name)
        try {
          await using replica = new DatabaseStorage(connection)
          const same = await replica.createTable("notes", { text: "text" })
          expect(await same.findMany({})).toMatchObject([{ text: "a" }])
          const states = replica.storage("states")
          expect(await states.load("a")).toBe(1)
          expect(await states.list()).toEqual(["a"])
          expect(await replica.migrate(migrations)).toEqual({ applied: [], reverted: [] })
          const refused = {
            code: "ERR_PERSIST_SESSION",
            message: expect.stringMatching("lets read"),
          }
          await expect(states.save("a", 2)).rejects.toMatchObject(refused)
          await expect(same.insert({ text: "b" })).rejects.toMatchObject(refused)
        } finally {
          await end()
        }
      }))
  },
  ["postgres", "mariadb"],
)

/** A database that whose user may open two connections to. */
async function withFew(
  { fresh, name }: TestEngine,
  work: (database: DatabaseStorage, connection: string) => Promise<void>,
): Promise<void> {
  await withDatabase(fresh, async (admin, options) => {
    const url = new URL(options.connection!)
    url.username = `few_${process.pid}`
    const path = url.pathname.slice(1)
    await admin.executeSql(
      name === "postgres"
        ? `create role ${url.username} login connection limit 2`
        : `create user ${url.username}@'%' with max_user_connections 2; grant all on \`${path}\`.* to ${url.username}@'%'`,
    )
    const database = new DatabaseStorage({ connection: url.href, acquireTimeout: 5_000 })
    try {
      await work(database, url.href)
    } finally {
      await database.close()
      await admin.executeSql(
        name === "postgres" ? `drop role ${url.username}` : `drop user ${url.username}@'%'`,
      )
    }
  })
}

describeEngines(
  "a server that has room for fewer connections than the pool",
  (engine) => {
    test("keeps who wants one waiting, and fails nobody", () =>
      withFew(engine, async (database, connection) => {
        const sleep = engine.name === "postgres" ? "pg_sleep(0.01)" : "sleep(0.01)"
        const one = () => database.executeSql(`select 1 as n, ${sleep} as slept`)
        const many = await Promise.all(Array.from({ length: 40 }, one))
        expect(many.map(({ rows }) => rows[0]!.n)).toEqual(Array(40).fill(1))
        expect(database.statistics()).toMatchObject({ open: 2, waiting: 0 })
        // Others have none yet, and wait as long as for one of their own.
        await using patient = new DatabaseStorage({ connection, acquireTimeout: 30_000 })
        const waiting = patient.executeSql("select 1 as n")
        await using hasty = new DatabaseStorage({ connection, acquireTimeout: 1_500 })
        const attempts = [
          hasty.executeSql("select 1"),
          hasty.withLease("a", () => {}, { timeout: 0 }),
        ].map((attempt) =>
          expect(attempt).rejects.toMatchObject({
            code: "ERR_PERSIST_TIMEOUT",
            message: expect.stringContaining("no room for more"),
            cause: { code: "ERR_PERSIST_CONNECTION" },
          }),
        )
        await Promise.all(attempts)
        // The first one was refused, too, by then.
        await database.close()
        expect((await waiting).rows).toEqual([{ n: 1 }])
      }))

    test("serves who waits as soon as there is room, not only when a session ends", () =>
      withFew(engine, async (database, connection) => {
        const other = new DatabaseStorage(connection)
        await other.executeSql("select 1")
        await database.getSession(async () => {
          await database.executeSql("select 1")
          const waiting = [1, 2].map((n) =>
            database.outside(() => database.executeSql("select :n as n", { n })),
          )
          // Meanwhile the server refuses another connection.
          for (let round = 0; round < 100; round++) await other.executeSql("select 1")
          expect(database.statistics()).toMatchObject({ open: 1, waiting: 2 })
          await other.close()
          expect((await Promise.all(waiting)).map(({ rows }) => Number(rows[0]!.n))).toEqual([1, 2])
        })
      }))
  },
  ["postgres", "mariadb"],
)

describeEngines(
  "a statement larger than MySQL takes",
  ({ fresh }) => {
    test("fails alone", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql("create table t (a longtext)")
        const insert = database.executeSql("insert into t values (?)", ["x".repeat(17_000_000)])
        await expect(insert).rejects.toMatchObject({ code: "ERR_PERSIST_QUERY" })
        expect((await database.executeSql("select a from t")).rows).toEqual([])
      }))
  },
  ["mariadb"],
)
