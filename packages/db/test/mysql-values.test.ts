import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines(
  "MySQL's own values",
  ({ fresh }) => {
    test("come back as they were read, whether a statement has parameters or not", () =>
      withDatabase(fresh, async (database) => {
        const values = [
          ["tinyint(1)", "1", true],
          ["tinyint(1)", "0", false],
          ["tinyint(1)", "5", 5],
          ["tinyint(1)", "-1", -1],
          ["bigint unsigned", "18446744073709551615", 18446744073709551615n],
          ["bigint unsigned", "9223372036854775808", 9223372036854775808n],
          ["float", "0.1", 0.1],
          ["float", "-1.5e-10", -1.5e-10],
          ["time(3)", "'12:00:00.5'", "12:00:00.500"],
          ["time(2)", "'-838:59:59'", "-838:59:59.00"],
          ["time", "'12:00:00'", "12:00:00"],
          ["bit(8)", "b'10100101'", Buffer.of(0xa5)],
          ["set('a','b')", "'a,b'", "a,b"],
        ] as const
        for (const [type, written, value] of values) {
          await database.executeSql(`create table t (n int, v ${type})`)
          await database.executeSql(`insert into t values (1, ${written})`)
          for (const values of [[], [1], [1]]) {
            const where = values.length === 0 ? "" : " where n = ?"
            const { rows } = await database.executeSql(`select v from t${where}`, values)
            expect(rows, `${type} ${written}`).toEqual([{ v: value }])
          }
          await database.executeSql("insert into t values (2, ?)", [value])
          const same = await database.executeSql("select count(distinct v) as n from t")
          expect(same.rows, `${type} ${written}`).toEqual([{ n: 1 }])
          await database.executeSql("drop table t")
        }
      }))

    test("of 32 bits come back exactly, with as many digits as they need", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql("create table t (n int, v float)")
        const values = [16777216, 0.10000001, 3.4e38, 1.5e-30, -123456.79]
        for (const [n, v] of values.entries())
          await database.executeSql("insert into t values (:n, :v)", { n, v })
        const { rows } = await database.executeSql("select v from t where n >= ? order by n", [0])
        expect(rows.map(({ v }) => Math.fround(Number(v)))).toEqual(values.map(Math.fround))
        expect(rows.map(({ v }) => v)).toEqual(values)
      }))

    test("are computed with exactly where they can only stand in the text", () =>
      withDatabase(fresh, async (database) => {
        const [large, none] = [2n ** 60n + 1n, null]
        const sql = "select :large + 0 as n, :none is :none as same, :text as text"
        const text = "it's a \\ ?"
        const { rows } = await database.executeSql(sql, { large, none, text })
        expect(rows).toEqual([{ n: large, same: 1, text }])
      }))

    test("are refused where no column holds them", () =>
      withDatabase(fresh, async (database) => {
        for (const value of [2n ** 64n, -(2n ** 63n) - 1n]) {
          const running = database.executeSql("select ?", [value])
          await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
        }
      }))
  },
  ["mariadb"],
)
