import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines("parameters", ({ fresh, name }) => {
  test("of integers are integers to a column of text, and find what is there", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table t (a varchar(40))")
      const numbers = [5, 0, -7, 123_456_789_012, 9_007_199_254_740_993n, 0.5]
      for (const number of numbers) await database.executeSql("insert into t values (?)", [number])
      const { rows } = await database.executeSql<{ a: string }>("select a from t")
      const texts = ["5", "0", "-7", "123456789012", "9007199254740993", "0.5"]
      expect(rows.map(({ a }) => a)).toEqual(texts)
      const found = await database.executeSql("select a from t where a = :n", { n: 5 })
      expect(found.rows).toEqual([{ a: "5" }])
    }))

  test("of lists are compared alike, however long the list is", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table t (a varchar(40), n int)")
      await database.executeSql("insert into t values ('1', 1), ('2', 2), ('x', 10000)")
      const kinds = [Number, String, BigInt]
      for (const length of [3, 2_000]) {
        for (const kind of kinds) {
          const list = Array.from({ length }, (_, index) => kind(index + 1))
          const find = async (column: string, operator: string) => {
            const sql = `select n from t where ${column} ${operator} (:list) order by n`
            return (await database.executeSql<{ n: number }>(sql, { list })).rows.map(({ n }) => n)
          }
          for (const column of ["a", "n"]) {
            expect(await find(column, "in")).toEqual([1, 2])
            expect(await find(column, "not in")).toEqual([10_000])
          }
        }
      }
    }))

  test("of half a surrogate pair are refused, where others would be stored", () =>
    withDatabase(fresh, async (database) => {
      await database.executeSql("create table t (a varchar(40))")
      for (const value of ["\ud800", "a\udfffb"]) {
        for (const sql of ["insert into t values (:value)", "delete from t where a in (:list)"]) {
          const long = Array.from({ length: 2_000 }, () => "a")
          const lists = [{ list: ["a", value] }, { list: [...long, value] }]
          for (const parameters of sql.startsWith("insert") ? [{ value }] : lists) {
            await expect(database.executeSql(sql, parameters)).rejects.toMatchObject({
              code: "ERR_PERSIST_INVALID_ARGUMENT",
              message: expect.stringContaining("surrogate"),
            })
          }
        }
      }
      await database.executeSql("insert into t values (:value)", { value: "é" })
      expect((await database.executeSql("select a from t")).rows).toEqual([{ a: "é" }])
    }))

  test("of bytes come back as a Buffer", () =>
    withDatabase(fresh, async (database) => {
      const type = ["postgres", "pglite"].includes(name) ? "bytea" : "blob"
      await database.executeSql(`create table t (a ${type})`)
      const a = Buffer.from([0, 1, 255])
      await database.executeSql("insert into t values (:a), (:none)", { a, none: Buffer.alloc(0) })
      const { rows } = await database.executeSql<{ a: Buffer }>("select a from t")
      expect(rows).toEqual([{ a }, { a: Buffer.alloc(0) }])
      expect(rows[0]!.a.toString("hex")).toBe("0001ff")
      if (type !== "bytea") return
      await database.executeSql("delete from t; insert into t values (:text)", { text: "\\x07" })
      const several = await database.executeSql("select a, array[a] as list from t")
      expect(several.rows).toEqual([{ a: Buffer.from([7]), list: [Buffer.from([7])] }])
    }))
})
