import { setTimeout as delay } from "node:timers/promises"
import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

const byCodePoint = (one: string, other: string) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other))

describeEngines("what every engine agrees on", ({ fresh, name, isShared }) => {
  test("sorts text by code points, and nulls before everything", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", {
        a: { type: "text", nullable: true },
        n: { type: "integer", nullable: true },
      })
      const texts = ["b", "A", "a", "B", "ä", "Z", "z", "\u{1f600}", "\ufffd", "", "é", "_"]
      await table.insertMany([null, ...texts].map((a, index) => ({ a, n: index || null })))
      const sorted = [null, ...texts.toSorted(byCodePoint)]
      const order = async (a: "asc" | "desc") =>
        (await table.findMany({}, { orderBy: { a } })).map((row) => row.a)
      expect(await order("asc")).toEqual(sorted)
      expect(await order("desc")).toEqual(sorted.toReversed())
      const [first] = await table.findMany({}, { orderBy: { n: "asc" }, limit: 1 })
      expect(first!.n).toBe(null)
      const after = await table.findMany({ a: { gt: "Z", lte: "a" } })
      expect(after.map((row) => row.a).sort()).toEqual(["_", "a"])
    }))

  test("finds by patterns, in which case matters and a backslash escapes", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { a: "text" })
      const texts = ["abc", "ABC", "a%c", "a_c", "a\\c", "a*c", "a[c", "a?c", "a\u{1f600}c"]
      await table.insertMany(texts.map((a) => ({ a })))
      const like = async (pattern: string) =>
        (await table.findMany({ a: { like: pattern } })).map((row) => row.a).sort(byCodePoint)
      expect(await like("ab%")).toEqual(["abc"])
      expect(await like("a\\%c")).toEqual(["a%c"])
      expect(await like("a\\_c")).toEqual(["a_c"])
      expect(await like("a\\\\c")).toEqual(["a\\c"])
      for (const text of ["a*c", "a[c", "a?c"]) expect(await like(text)).toEqual([text])
      expect(await like("a_c")).toEqual(texts.filter((text) => text !== "ABC").sort(byCodePoint))
      expect(await like("%c\\")).toEqual([])
    }))

  test("tells a table that is not there from a name that the statement does not have", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table t (a int)")
      for (const sql of ["drop table missing", "delete from missing", "select 1 from missing"]) {
        await expect(database.executeSql(sql)).rejects.toMatchObject({
          code: "ERR_PERSIST_NO_TABLE",
          details: { table: "missing" },
        })
      }
      const unknown = database.executeSql("select other.a from t")
      await expect(unknown).rejects.toMatchObject({ code: "ERR_PERSIST_QUERY" })
    }))

  test("inserts rows of many columns", () =>
    withDatabase(fresh, async (database) => {
      const names = Array.from({ length: 80 }, (_, index) => `c${index}`)
      const table = await database.createTable(
        "wide",
        Object.fromEntries(names.map((column) => [column, "integer"] as const)),
      )
      const row = Object.fromEntries(names.map((column, index) => [column, index]))
      // More than 32,767 parameters, more than twice: PostgreSQL's protocol counts them without a sign.
      const count = 2_100
      expect(await table.insertMany(Array.from({ length: count }, () => row as never))).toBe(count)
      expect(await table.count({ c79: 79 } as never)).toBe(count)
    }))

  test("runs several statements of a template, and of text with comments", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql(
        "-- first\ncreate table one (n int);\n/* second; */ create table two (n int);\n-- done\n",
      )
      await database.executeSql`insert into one values (${1}); insert into two values (${2}), (${3})`
      const { rows } =
        await database.executeSql`select count(*) as n from two where n in (${[2, 3]})`
      expect(rows).toEqual([{ n: 2 }])
      const quoted = database.executeSql`select '${1}' as n`
      await expect(quoted).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
    }))

  if (name !== "mariadb")
    test("counts the rows that a statement returns as changed", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql("create table t (n int)")
        const inserted = await database.executeSql("insert into t values (1), (2) returning n")
        expect(inserted).toMatchObject({ rows: [{ n: 1 }, { n: 2 }], changes: 2 })
        const changed = await database.executeSql("update t set n = 0 where n > 1 returning n")
        expect(changed.changes).toBe(1)
        expect((await database.executeSql("select n from t")).changes).toBe(0)
      }))

  if (["sqlite", "memory", "mariadb"].includes(name))
    test("tells the id of a row that was inserted, and of no other statement", () =>
      withDatabase(fresh, async (database) => {
        const key = name === "mariadb" ? "int auto_increment" : "integer"
        const ignore = name === "mariadb" ? "ignore" : "or ignore"
        await database.executeSql(`create table t (id ${key} primary key, n int unique)`)
        const idOf = async (sql: string) => (await database.executeSql(sql)).insertId
        expect(await idOf("insert into t (n) values (7)")).toBe(1)
        expect(await idOf(`insert ${ignore} into t (n) values (7)`)).toBeUndefined()
        expect(await idOf("update t set n = 8")).toBeUndefined()
        expect(await idOf("delete from t")).toBeUndefined()
        expect(await idOf("create table other (n int)")).toBeUndefined()
      }))

  if (["sqlite", "memory"].includes(name))
    test("tells no id of an earlier row where an upsert or a with changes another one", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql(
          "create table t (id integer primary key, n int unique, word text); create table other (id integer primary key)",
        )
        const idOf = async (sql: string) => (await database.executeSql(sql)).insertId
        expect(await idOf("insert into t (n, word) values (7, 'with '' do update')")).toBe(1)
        expect(await idOf("insert into other values (99)")).toBe(99)
        const upsert = "insert into t (n) values (7) on conflict (n) do update set word = 'a'"
        expect(await idOf(upsert)).toBeUndefined()
        const change = "update t set word = (select 'insert into ' || x from one)"
        expect(await idOf(`with one as (select 1 as x) ${change}`)).toBeUndefined()
        expect(await idOf("with one as (select 1) delete from other")).toBeUndefined()
        const insert = "/* new */ with one (x) as (select 8) insert or replace /* a */ into t (n)"
        expect(await idOf(`${insert} select x from one`)).toBe(2)
      }))

  test("computes with integers of 64 bits exactly", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { big: "bigint" })
      const big = 2n ** 61n
      await table.insertMany([{ big }, { big: big + 1n }, { big: -big }])
      const sql = "select big from t where big - :big = 1 or big + :big = 0 order by big"
      const { rows } = await database.executeSql(sql, { big })
      expect(rows).toEqual([{ big: -big }, { big: big + 1n }])
    }))

  test("takes long lists of every kind", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", {
        big: "bigint",
        at: "timestamp",
        bytes: "blob",
        word: "text",
      })
      const rows = Array.from({ length: 40_000 }, (_, index) => ({
        big: 2n ** 60n + BigInt(index),
        at: new Date(1.7e12 + index),
        bytes: Uint8Array.of(index & 255, index >> 8),
        word: `word ${index}`,
      }))
      await table.insertMany(rows.slice(0, 10))
      for (const column of ["big", "at", "bytes", "word"] as const) {
        const list = rows.map((row) => row[column])
        expect(await table.count({ [column]: list } as never)).toBe(10)
        const sql = `select count(*) as n from t where ${column} in (:list)`
        expect((await database.executeSql(sql, { list })).rows).toEqual([{ n: 10 }])
        const found = await table.kysely
          .selectFrom("t")
          .select("id")
          .where(column, "in", list as never)
          .execute()
        expect(found).toHaveLength(10)
      }
    }))

  test("inserts a row whose conflicting column is null, and returns that one", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", {
        a: { type: "text", unique: true, nullable: true },
        n: "integer",
      })
      for (const n of [1, 2]) {
        expect((await table.upsert({ a: null, n }, { conflict: ["a"] })).n).toBe(n)
      }
      expect(await table.count()).toBe(2)
    }))

  if (isShared)
    test("sees columns that somebody else has changed", async () =>
      withDatabase(fresh, async (database, options) => {
        await database.executeSql("create table t (a integer, b text)")
        await database.executeSql("insert into t values (1, 'x')")
        const read = async () => (await database.executeSql("select * from t")).rows
        for (let time = 0; time < 4; time++) expect(await read()).toEqual([{ a: 1, b: "x" }])
        await using other = new DatabaseStorage(options)
        await other.executeSql("alter table t drop column a")
        await other.executeSql("alter table t add column c bigint default 7")
        expect(await read()).toEqual([{ b: "x", c: 7n }])
      }))

  if (name === "postgres" || name === "pglite")
    test("holds arrays exactly", () =>
      withDatabase(fresh, async (database) => {
        const { rows } = await database.executeSql(`select
          array[1, 9007199254740993]::int8[] as big, '{2024-01-02,NULL}'::date[] as day,
          '{"2024-01-02 03:04:05"}'::timestamp[] as local, '[0:1]={"2024-01-02 03:04:05+02",NULL}'::timestamptz[] as moment,
          '{{1.10,NULL},{12345678901234567890.5,2}}'::numeric[] as exact, '{}'::int8[] as nothing`)
        expect(rows).toEqual([
          {
            big: [1n, 9007199254740993n],
            day: ["2024-01-02", null],
            local: [new Date("2024-01-02T03:04:05Z")],
            moment: [new Date("2024-01-02T01:04:05Z"), null],
            exact: [
              ["1.10", null],
              ["12345678901234567890.5", "2"],
            ],
            nothing: [],
          },
        ])
      }))

  test("refuses to write in a session that only reads", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { a: "text" })
      const reading = database.getSession(() => table.insert({ a: "x" }), { readOnly: true })
      await expect(reading).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
      await table.insert({ a: "y" })
      expect(await table.count()).toBe(1)
    }))

  test("ends a stream with its session, and leaves the next one alone", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { n: "integer" })
      await table.insertMany(Array.from({ length: 300 }, (_, n) => ({ n })))
      for (const readOnly of [false, true]) {
        const stream = await database.getSession(
          async () => {
            const rows = table.stream()
            await rows.next()
            return { rows }
          },
          { readOnly },
        )
        await database.getSession(async () => {
          await table.insert({ n: 1000 })
          const rest = async () => {
            for await (const row of stream.rows) expect(row.n).toBeLessThan(100)
          }
          await expect(rest()).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
          await table.insert({ n: 1001 })
        })
      }
      expect(await table.count()).toBe(304)
    }))

  test("makes the tables of a storage once, for sessions that begin with it at once", () =>
    withDatabase(fresh, async (database) => {
      const save = (key: string) =>
        database.getSession(async () => {
          await database.storage("states").save(key, 1)
          await delay(20)
          await database.storage("states").save(`${key}/more`, 2)
        })
      for (const round of ["a", "b"]) {
        await Promise.all([1, 2, 3, 4].map((number) => save(`${round}${number}`)))
      }
      expect(await database.storage("states").list()).toHaveLength(16)
    }))

  test("tells a watch when a value expires", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      await states.save("a", 1, { ttl: 1_000 })
      const changes = states.watch()
      for await (const { type, key } of changes) {
        if (type === "gap") continue
        expect({ type, key }).toEqual({ type: "delete", key: "a" })
        break
      }
      expect(await states.exists("a")).toBe(false)
    }))

  if (isShared)
    test("makes a table once, for handles that ask at once", async () => {
      const options = await fresh()
      const handles = Array.from({ length: 6 }, () => new DatabaseStorage(options))
      const columns = { a: "text", b: { type: "integer", index: true } } as const
      const tables = await Promise.all(handles.map((handle) => handle.createTable("t", columns)))
      await Promise.all(tables.map((table, b) => table.insert({ a: "x", b })))
      expect(await tables[0]!.count()).toBe(6)
      await Promise.all(handles.map((handle) => handle.close()))
    })
})
