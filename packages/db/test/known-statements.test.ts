import { Pool } from "pg"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"

const { url, missing } = inject("postgres")
if (missing !== undefined) console.warn(`NOT TESTED: known statements. ${missing}`)

describe.skipIf(missing !== undefined && !process.env.CI)("a statement that comes again", () => {
  const schema = `known_${process.pid}`
  const open = (options: DatabaseOptions = {}) =>
    new DatabaseStorage({
      connection: `${url}?options=-csearch_path%3D${schema}`,
      connections: 1,
      ...options,
    })
  let database: DatabaseStorage

  beforeAll(async () => {
    if (missing !== undefined) expect.fail(missing)
    database = open()
    await database.executeSql(`create schema ${schema}`)
  })
  afterAll(() => database?.close())

  /** Runs it until its columns are known, and once more. */
  const four = async (sql: string, parameters?: readonly unknown[], on = database) => {
    const results = []
    for (let time = 0; time < 4; time++) {
      results.push(await on.executeSql(sql, ...(parameters === undefined ? [] : [parameters])))
    }
    return results
  }

  const values: readonly (readonly [string, string, unknown])[] = [
    ["text", "ä 😀 \u0001", "ä 😀 \u0001"],
    ["text", "", ""],
    ["text", "x".repeat(100_000), "x".repeat(100_000)],
    ["int4", -7, -7],
    ["int8", 2n ** 60n, 2n ** 60n],
    ["int8", 5n, 5],
    ["float8", 1 / 3, 1 / 3],
    ["bool", false, false],
    ["bytea", Buffer.from([0, 255, 7]), Buffer.from([0, 255, 7])],
    ["bytea", new Uint8Array(0), Buffer.alloc(0)],
    ["jsonb", { a: [1, null] }, { a: [1, null] }],
    ["timestamptz", new Date(5), new Date(5)],
    ["date", "2020-02-29", "2020-02-29"],
    ["int4[]", [1, 2], [1, 2]],
    ["int4", null, null],
  ].map(([type, value, read]) => [type as string, value, read] as never)

  test.each(values)("gives the same each time: %s", async (type, value, read) => {
    const sql = `select $1::${type} as value, $2::text as other`
    for (const { rows } of await four(sql, [value, null])) {
      expect(rows).toEqual([{ value: read, other: null }])
    }
  })

  test("keeps names that mean something else to JavaScript, and the last of two alike", async () => {
    const sql = 'select 1 as "__proto__", 2 as a, 3 as a, 4 as "constructor", count(*) as n'
    for (const { rows } of await four(sql)) {
      const [row] = rows
      expect(Object.entries(row!)).toEqual([
        ["__proto__", 1],
        ["a", 3],
        ["constructor", 4],
        ["n", 1],
      ])
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
    }
  })

  test("counts what it changes", async () => {
    await database.executeSql("create table counted (n int)")
    for (const { changes } of await four("insert into counted values (?), (1)", [1])) {
      expect(changes).toBe(2)
    }
    const [, , , last] = await four("update counted set n = n + 1 where n < 3 returning n")
    expect(last).toEqual({ rows: [], changes: 0 })
    const deleted = await four(
      "with gone as (select 3 as n) delete from counted where n in (table gone)",
    )
    expect(deleted.map(({ changes }) => changes)).toEqual([8, 0, 0, 0])
    expect((await four("select from counted")).map(({ rows }) => rows)).toEqual([[], [], [], []])
  })

  test("reads the columns that a changed table has", async () => {
    await using other = open()
    await database.executeSql("create table changing (a int)")
    await database.executeSql("insert into changing values (1)")
    const sql = "select * from changing"
    await four(sql)
    await other.executeSql("alter table changing add column b text default 'x'")
    for (const { rows } of await four(sql)) expect(rows).toEqual([{ a: 1, b: "x" }])
    await other.executeSql("alter table changing rename column b to c")
    for (const { rows } of await four(sql)) expect(rows).toEqual([{ a: 1, c: "x" }])
    await other.executeSql("alter table changing alter column a type text")
    for (const { rows } of await four(sql)) expect(rows).toEqual([{ a: "1", c: "x" }])
    await other.executeSql("alter table changing drop column c")
    const session = database.getSession(() => database.executeSql(sql))
    await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_SERIALIZATION" })
    await expect(
      database.getSession(() => database.executeSql(sql), { retries: 1 }),
    ).resolves.toMatchObject({ rows: [{ a: "1" }] })
  })

  test("reads them in the session that changes the table, too", async () => {
    await database.executeSql("create table migrating (a int)")
    await database.executeSql("insert into migrating values (1)")
    const sql = "select * from migrating"
    await four(sql)
    await database.getSession(async () => {
      for (const { rows } of await four(sql)) expect(rows).toEqual([{ a: 1 }])
      await database.executeSql("alter table migrating add column b int")
      for (const { rows } of await four(sql)) expect(rows).toEqual([{ a: 1, b: null }])
      await database.executeSql("alter table migrating drop column a")
      for (const { rows } of await four(sql)) expect(rows).toEqual([{ b: null }])
    })
    for (const { rows } of await four(sql)) expect(rows).toEqual([{ b: null }])
  })

  test("is forgotten for others without harm to the session that runs", async () => {
    await using small = open({ statementCache: 10 })
    for (const n of [1, 1, 2, 2, 3, 3]) {
      await expect(small.executeSql(`select ${n} from nowhere`)).rejects.toMatchObject({
        code: "ERR_PERSIST_NO_TABLE",
      })
    }
    await small.getSession(async () => {
      for (let n = 0; n < 12; n++) {
        for (const { rows } of await four(`select ${n} as n`, undefined, small)) {
          expect(rows).toEqual([{ n }])
        }
      }
    })
    for (let n = 0; n < 12; n++) await four(`select ${n} as n`, undefined, small)
    const { rows } = await small.executeSql("select name from pg_prepared_statements")
    expect(rows.length).toBeLessThanOrEqual(11)
  })

  test("is prepared again when the server has forgotten it", async () => {
    await four("select 1 as forgotten")
    await database.executeSql("deallocate all")
    for (const { rows } of await four("select 1 as forgotten")) {
      expect(rows).toEqual([{ forgotten: 1 }])
    }
  })

  test("gives the columns of what it stands for now, when its text does not fix them", async () => {
    await database.executeSql("prepare mine as select 1 as a")
    for (const { rows } of await four("execute mine")) expect(rows).toEqual([{ a: 1 }])
    await database.executeSql("deallocate mine")
    // That one is the caller's: running the session again would not help.
    for (const sql of ["deallocate mine", "execute mine"]) {
      const missing = database.getSession(() => database.executeSql(sql))
      await expect(missing).rejects.toMatchObject({ code: "ERR_PERSIST_QUERY" })
    }
    await database.executeSql("prepare mine as select 'x' as b, 2 as c")
    for (const { rows } of await four("execute mine")) expect(rows).toEqual([{ b: "x", c: 2 }])
  })

  test("fails as it did the first time, and the connection goes on", async () => {
    await database.executeSql("create table failing (n int unique)")
    const sql = "insert into failing values (?)"
    for (const n of [1, 2, 3, 4]) await database.executeSql(sql, [n])
    await expect(database.executeSql(sql, [4])).rejects.toMatchObject({
      code: "ERR_PERSIST_UNIQUE",
      details: { sql: "insert into failing values ($1)", columns: ["n"] },
    })
    await expect(database.executeSql(sql, [undefined])).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    const divided = "select 8 / n as n from failing where n <> 4 order by failing.n"
    for (const { rows } of await four(divided)) expect(rows).toEqual([{ n: 8 }, { n: 4 }, { n: 2 }])
    await database.executeSql("update failing set n = 0 where n = 3")
    await expect(database.executeSql(divided)).rejects.toMatchObject({ code: "ERR_PERSIST_QUERY" })
    await expect(database.executeSql(sql, [5])).resolves.toMatchObject({ changes: 1 })
  })

  test("several of one session at once come back each to its caller", async () => {
    await database.getSession(async () => {
      const asked = Array.from({ length: 50 }, (_, n) => n)
      const told = asked.map((n) =>
        database.executeSql("select ?::int as n, ?::text as t", [n, "x"]),
      )
      expect((await Promise.all(told)).map(({ rows }) => rows[0]!.n)).toEqual(asked)
    })
  })

  test("works through a pool of the caller's that has time limits, or sends ahead", async () => {
    for (const extra of [{ query_timeout: 30_000 }, { pipeline: true }]) {
      const client = new Pool({ connectionString: url, max: 1, ...extra })
      const own = new DatabaseStorage({ engine: "postgres", client, connections: 1 })
      for (const { rows } of await four("select ?::int as n", [7], own)) {
        expect(rows).toEqual([{ n: 7 }])
      }
      await own.close()
      await client.end()
    }
  })
})

describe.skipIf(missing !== undefined && !process.env.CI)("a name that is taken", () => {
  test("is told as what it comes from: a pooler", async () => {
    await using database = new DatabaseStorage(url!)
    const prepare = () => database.executeSql("prepare persist_taken as select 1")
    const twice = database.getSession(async () => {
      await prepare()
      await prepare()
    })
    await expect(twice).rejects.toMatchObject({
      code: "ERR_PERSIST_QUERY",
      message: expect.stringContaining('"statementCache": 0'),
    })
  })
})

describe.skipIf(missing !== undefined && !process.env.CI)("moments from PostgreSQL", () => {
  // Before railways, the clocks of New York were 4:56:02 behind; "at time zone" is not asked for.
  test.each(["America/New_York", "Asia/Kolkata", "Europe/Amsterdam", "UTC"])(
    "are the same under %s",
    async (zone) => {
      if (missing !== undefined) expect.fail(missing)
      await using database = new DatabaseStorage({
        connection: `${url}?options=-cTimeZone%3D${encodeURIComponent(zone)}`,
      })
      for (const iso of [
        "0001-01-01T00:00:00.000Z",
        "0099-12-31T23:59:59.999Z",
        "1883-11-18T12:03:57.123Z",
        "1937-06-30T22:00:00.000Z",
        "2026-03-08T07:30:00.001Z",
        "9999-12-31T23:59:59.999Z",
      ]) {
        const { rows } = await database.executeSql("select ?::timestamptz as at", [new Date(iso)])
        expect(rows).toEqual([{ at: new Date(iso) }])
      }
      const { rows } = await database.executeSql(
        "select 'infinity'::timestamptz as a, '0044-03-15 BC'::timestamptz as b",
      )
      expect(rows).toEqual([{ a: "infinity", b: expect.stringContaining("BC") }])
    },
  )
})
