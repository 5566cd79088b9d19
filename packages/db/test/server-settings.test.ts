import { inspect } from "node:util"
import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

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
