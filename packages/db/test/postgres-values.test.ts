import { expect, test } from "vitest"
import { describeEngines, type TestEngine, withDatabase } from "./support/engines.ts"

const body = ({ fresh, name }: TestEngine) => {
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

  test("take moments before our era", () =>
    withDatabase(fresh, async (database) => {
      const ides = new Date("-000043-03-15T01:02:03.000Z")
      const sql = "select :ides::timestamptz = '0044-03-15 01:02:03+00 BC' as same"
      expect((await database.executeSql(sql, { ides })).rows).toEqual([{ same: true }])
    }))

  // As text both are "{}".
  test("never take an empty array for an empty object", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table t (j jsonb, a int[])")
      for (let time = 0; time < 3; time++) {
        const { rows } = await database.executeSql("insert into t (a) values (?) returning a", [[]])
        expect(rows).toEqual([{ a: [] }])
        const insert = database.executeSql("insert into t (j) values (?) returning j", [[]])
        if (name === "pglite") expect((await insert).rows).toEqual([{ j: [] }])
        else {
          await expect(insert).rejects.toMatchObject({
            code: "ERR_PERSIST_QUERY",
            message: expect.stringContaining("JSON.stringify"),
          })
        }
      }
    }))

  test("take objects that write themselves", () =>
    withDatabase(fresh, async (database) => {
      const hour = { toPostgres: () => "1 hour" }
      const { rows } = await database.executeSql("select ?::interval as v", [hour])
      expect(rows).toEqual([{ v: "01:00:00" }])
    }))
}

describeEngines("PostgreSQL's own values", body, ["pglite", "postgres"])
