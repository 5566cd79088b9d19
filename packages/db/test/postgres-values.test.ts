import { expect, onTestFinished, test } from "vitest"
import { describeEngines, type TestEngine, withDatabase } from "./support/engines.ts"

const body = ({ fresh }: TestEngine) => {
  test("come back as they were read", () =>
    withDatabase(fresh, async (database) => {
      const values = [
        ["interval", "1 day 02:03:04.5"],
        ["interval", "-1 years"],
        ["interval[]", ["1 day", null]],
        ["point", "(1.5,2)"],
        ["point[]", ["(1,2)"]],
        ["circle", "<(1,2),3>"],
        ["int4range", "[1,5)"],
        ["timestamptz", new Date("+099999-01-02T03:04:05.678Z")],
        ["timestamp", new Date("+010000-01-01T00:00:00.000Z")],
        ["timestamptz[]", [new Date("+275760-09-13T00:00:00.000Z"), null]],
        ["timestamptz", new Date("0001-01-01T00:00:00.000Z")],
      ] as const
      for (const [type, value] of values) {
        await database.executeSql(`create table t (v ${type})`)
        await database.executeSql("insert into t values (?)", [value])
        for (let time = 0; time < 3; time++) {
          const { rows } = await database.executeSql<{ v: unknown }>("select v from t")
          expect(rows).toEqual([{ v: value }])
          await database.executeSql("update t set v = ?", [rows[0]!.v])
        }
        await database.executeSql("drop table t")
      }
    }))

  test("tell the last moment of all in a zone east of us", () =>
    withDatabase(fresh, async (database) => {
      const last = new Date("+275760-09-13T00:00:00.000Z")
      await database.getSession(async (session) => {
        await session.executeSql("set local time zone 'Pacific/Apia'")
        const { rows } = await session.executeSql("select :last::timestamptz as v", { last })
        expect(rows).toEqual([{ v: last }])
      })
    }))

  test("take moments before our era", () =>
    withDatabase(fresh, async (database) => {
      const ides = new Date("-000043-03-15T01:02:03.000Z")
      const sql = "select :ides::timestamptz = '0044-03-15 01:02:03+00 BC' as same"
      expect((await database.executeSql(sql, { ides })).rows).toEqual([{ same: true }])
    }))

  test("take an array for what its parameter is: an array, JSON, or text with JSON", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table t (j jsonb, a text[], t text, v varchar(40))")
      const insert = "insert into t values (:value, :value, :value, :value) returning *"
      for (const value of [[], ["a"], [], ["a", 'b "c" {d}, \\'], [null]]) {
        const json = JSON.stringify(value)
        const { rows } = await database.executeSql(insert, { value })
        expect(rows).toEqual([{ j: value, a: value, t: json, v: json }])
      }
    }))

  test("take arrays as lists to compare with, whatever their length", () =>
    withDatabase(fresh, async (database) => {
      for (const list of [[], [2, 3], [1]]) {
        const sql = "select 1 = any ($1) as any, 1 <> all($1) as all"
        const { rows } = await database.executeSql(sql, [list])
        expect(rows).toEqual([{ any: list.includes(1), all: !list.includes(1) }])
      }
    }))

  test("take an array where another was a list before, and a list where there was an array", () =>
    withDatabase(fresh, async (database) => {
      const sql = "select ?::text as v where 1 = any(?)"
      for (const v of ["x", "x", "x", [1], "x", [2]]) {
        const { rows } = await database.executeSql(sql, [v, [1]])
        expect(rows).toEqual([{ v: typeof v === "string" ? v : JSON.stringify(v) }])
      }
    }))

  test("take arrays in a session, and tell what is wrong there", () =>
    withDatabase(fresh, async (database) => {
      const invalid = database.executeSql("select ?::timestamptz[]", [[new Date(Number.NaN)]])
      await expect(invalid).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
      await database.getSession(async () => {
        const failing = database.getSession(() => database.executeSql("selec ?", [[]]))
        await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_SYNTAX" })
        for (let time = 0; time < 12; time++) {
          const wrong = database.getSession(() => database.executeSql("select ?::nothing", [[]]))
          await expect(wrong).rejects.toMatchObject({ code: "ERR_PERSIST_QUERY" })
        }
        const { rows } = await database.executeSql("select ? as v", [[1]])
        expect(rows).toEqual([{ v: "[1]" }])
      })
    }))

  test("take moments in arrays of arrays in UTC, wherever the program runs", () =>
    withDatabase(fresh, async (database) => {
      const { TZ } = process.env
      process.env.TZ = "America/New_York"
      onTestFinished(() => {
        if (TZ === undefined) delete process.env.TZ
        else process.env.TZ = TZ
      })
      expect(new Date(0).getHours(), "another zone").toBe(19)
      await database.executeSql("create table t (v timestamp[][])")
      const v = [[new Date("2024-07-01T00:00:00.000Z")], [null]]
      await database.executeSql("insert into t values (:v)", { v })
      const { rows } = await database.executeSql("select v, v::text as text from t")
      expect(rows).toEqual([{ v, text: '{{"2024-07-01 00:00:00"},{NULL}}' }])
      const invalid = database.executeSql("update t set v = ?", [[[new Date(Number.NaN)]]])
      await expect(invalid).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
    }))

  test("are the same bytes in the older way to write them", () =>
    withDatabase(fresh, async (database) => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
      const values = { bytes, list: [bytes, Buffer.from("\\x41"), Buffer.from("\\\\101"), null] }
      const states = database.storage("states")
      await database.executeSql("create table t (bytes bytea, list bytea[])")
      await database.executeSql("insert into t values (:bytes, :list)", values)
      await database.getSession(async () => {
        await database.executeSql("set local bytea_output = 'escape'")
        expect((await database.executeSql("select * from t")).rows).toEqual([values])
        await states.save("ä", { text: "\\ ä" })
        expect(await states.load("ä")).toEqual({ text: "\\ ä" })
        expect(await states.list()).toEqual(["ä"])
      })
    }))

  test("take objects that write themselves", () =>
    withDatabase(fresh, async (database) => {
      const hour = { toPostgres: () => "1 hour" }
      const { rows } = await database.executeSql("select ?::interval as v", [hour])
      expect(rows).toEqual([{ v: "01:00:00" }])
    }))
}

describeEngines("PostgreSQL's own values", body, ["pglite", "postgres"])

// PGlite does not ask for the types of domains.
describeEngines(
  "domains of PostgreSQL",
  ({ fresh }) => {
    test("take an array as JSON for JSON and text, and as an array for arrays", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql(
          "create domain document as jsonb; create domain words as text; create domain numbers as int[]",
        )
        await database.executeSql("create table t (j document, w words, n numbers)")
        const insert = "insert into t values (:value, :value, :value) returning *"
        for (const value of [[], [1, 2], [], [3]]) {
          const { rows } = await database.executeSql(insert, { value })
          expect(rows).toEqual([{ j: value, w: JSON.stringify(value), n: value }])
        }
        const other = "insert into t values (:j, null, :n) returning j, n"
        const onlyNumbers = { j: null, n: [] }
        for (const row of [onlyNumbers, onlyNumbers, { j: [], n: null }, { j: [2], n: [1] }]) {
          expect((await database.executeSql(other, row)).rows).toEqual([row])
        }
      }))
  },
  ["postgres"],
)
