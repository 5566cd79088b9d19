import { describe, expect, test } from "vitest"
import { leavesTraces } from "../src/engines/server/traces.ts"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines, type TestEngine } from "./support/engines.ts"

/** With one connection, so that every session would have that of the one before. */
async function withOne(
  fresh: TestEngine["fresh"],
  work: (database: DatabaseStorage) => Promise<void>,
): Promise<void> {
  await using database = new DatabaseStorage({ ...(await fresh()), connections: 1 })
  await work(database)
}

async function firstValue(database: DatabaseStorage, sql: string): Promise<unknown> {
  return Object.values((await database.executeSql(sql)).rows[0]!)[0]
}

describeEngines(
  "what a session leaves",
  ({ fresh, name }) => {
    const isPostgres = name === "postgres"
    const connection = isPostgres ? "select pg_backend_pid()" : "select connection_id()"
    const traces = isPostgres
      ? {
          "set statement_timeout = 4321": "select current_setting('statement_timeout') <> '4321ms'",
          "select pg_advisory_lock(77)": "select count(*) = 0 from pg_locks where objid = 77",
          "create temporary table mine (n int)": undefined,
          "set role pg_monitor": "select current_user <> 'pg_monitor'",
        }
      : {
          "set time_zone = '+05:00'": "select @@session.time_zone = '+00:00'",
          "set @mine = 1": "select @mine is null",
          "do get_lock('mine', 1)": "select is_free_lock('mine')",
          "create temporary table mine (n int)": undefined,
        }

    test.each(Object.entries(traces))("by %s is met by nobody", (trace, isGone) =>
      withOne(fresh, async (database) => {
        const ask = async () =>
          isGone === undefined
            ? database.executeSql("select * from mine").then(
                () => 0,
                () => 1,
              )
            : firstValue(database, isGone)
        await database.getSession(async () => {
          // In a nested one, too.
          await database.getSession(() => database.executeSql(trace))
          expect(Number(await ask())).toBe(0)
        })
        // The server notices a moment later that nobody is there any more.
        await expect.poll(async () => Number(await ask())).toBe(1)
      }),
    )

    test("is nothing where it has only asked, and its connection goes on", () =>
      withOne(fresh, async (database) => {
        const first = await firstValue(database, connection)
        await database.executeSql("create table t (n int)")
        await database.getSession(async () => {
          await database.executeSql("update t set n = 1")
          if (isPostgres) await database.executeSql("set local statement_timeout = 4321")
          if (isPostgres) await database.executeSql("select set_config('a.b', 'c', true)")
        })
        // Whoever sets something without a session wants it kept.
        await database.executeSql(isPostgres ? "set a.b = 'kept'" : "set @kept = 1")
        await database.getSession(() => database.executeSql("select 1"))
        expect(await firstValue(database, connection)).toBe(first)
      }))

    test("in a stream is met by nobody", () =>
      withOne(fresh, async (database) => {
        const first = await firstValue(database, connection)
        await database.getSession(async ({ kysely }) => {
          const lock = kysely.selectNoFrom(({ fn, lit, val }) =>
            isPostgres
              ? fn("pg_try_advisory_lock", [lit(5)]).as("held")
              : fn("get_lock", [val("streamed"), lit(1)]).as("held"),
          )
          const rows: unknown[] = []
          for await (const row of lock.stream()) rows.push(row)
          expect(rows.length).toBe(1)
        })
        expect(await firstValue(database, connection)).not.toBe(first)
      }))

    test("ends with a transaction of Kysely, and is no matter to its own statements", () =>
      withOne(fresh, async (database) => {
        const first = await firstValue(database, connection)
        const rows = await database.kysely.transaction().execute(async (inner) => {
          await inner.schema.createTable("t").temporary().addColumn("n", "integer").execute()
          await database.executeSql("insert into t values (1)")
          return (await database.executeSql("select n from t")).rows
        })
        expect(rows).toEqual([{ n: 1 }])
        expect(await firstValue(database, connection)).not.toBe(first)
        expect(database.statistics()).toMatchObject({ open: 1, used: 0, waiting: 0 })
      }))
  },
  ["postgres", "mariadb"],
)

describe("leavesTraces", () => {
  test.each([
    ["postgres", "set search_path = a", true],
    ["postgres", "/* c */ SET SESSION role = a", true],
    ["postgres", "set local search_path = a", false],
    ["postgres", "set transaction read only", false],
    ["postgres", "set constraints all deferred", false],
    ["postgres", "update t set n = 1", false],
    ["postgres", "select settings from t", false],
    ["postgres", "listen a", true],
    ["postgres", "create temp table t (n int)", true],
    ["postgres", "create temp table t (n int) on commit drop", false],
    ["postgres", "create table temp (n int)", false],
    ["postgres", "select pg_try_advisory_lock(1)", true],
    ["postgres", "select pg_advisory_xact_lock(1)", false],
    ["postgres", "select set_config('a.b', $1, true)", false],
    ["postgres", "select set_config('a.b', 'c', false)", true],
    ["postgres", "select set_config('a.b', concat('(', ')', true), false)", true],
    ["postgres", "select set_config('a.b', upper('c, d)'), true)", false],
    ["postgres", "select set_config('a', 'b', true), set_config('c', 'd', 'f')", true],
    ["postgres", "select n into temp table mine from t", true],
    ["postgres", "insert into temp values (1)", false],
    ["postgres", "declare c cursor with hold for select 1", true],
    ["postgres", "declare c cursor for select 1", false],
    ["mysql", "set @a = 1", true],
    ["mysql", "set transaction read only", false],
    ["mysql", "set local sql_mode = ''", true],
    ["mysql", "use other", true],
    ["mysql", "lock tables t read", true],
    ["mysql", "select get_lock('a', 1)", true],
    ["mysql", "select release_lock('a')", false],
    ["mysql", "select n, @`mine` := n from t", true],
    ["mysql", "select max(n) into @most from t", true],
    ["mysql", "call totals(1, @total)", true],
    ["mysql", "call totals('it\\'s', @`total`)", true],
    ["mysql", "call totals(/* it's */ 1, @'total')", true],
    ["mysql", `call many(${"/**/".repeat(1000)}'`, false],
    ["mysql", "call add_user('it\\'s@b', 'it''s@', /* @a */ ?, @@version)", false],
    ["mysql", "call add_user('a@b', \"c@d\", ?)", false],
    ["mysql", "select @most, @@version from t where name = '@a'", false],
  ] as const)("on %s of %s is %s", (engine, sql, leaves) => {
    expect(leavesTraces(engine, sql)).toBe(leaves)
  })

  test("looks at the parameter that tells for how long set_config sets", () => {
    const sql = "select set_config($1, $2, $3)"
    expect(leavesTraces("postgres", sql, ["a.b", "c", true])).toBe(false)
    expect(leavesTraces("postgres", sql, ["a.b", "c", false])).toBe(true)
  })
})
