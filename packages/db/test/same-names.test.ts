import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines("columns that share a name", ({ fresh, name }) => {
  test("give the value of the last one, as it is", () =>
    withDatabase(fresh, async (database) => {
      const number = name === "mariadb" ? "signed" : "bigint"
      await database.executeSql(`
        create table a (v bigint, flag boolean, j json, n int);
        create table b (v varchar(10), flag bigint, j varchar(10), n int);
        insert into a values (5, true, '"x"', 1), (6, false, '1', 2);
        insert into b values ('abc', 7, '{no', 1)`)
      const read = async (sql: string) => (await database.executeSql(sql)).rows
      // Again and again: a statement is known only from the third time on.
      for (let time = 0; time < 4; time++) {
        expect(await read("select * from a join b on a.n = b.n")).toEqual([
          { v: "abc", flag: 7n, j: "{no", n: 1 },
        ])
        expect(await read("select * from a left join b on a.n = b.n where a.n = 2")).toEqual([
          { v: null, flag: null, j: null, n: null },
        ])
        const [back] = await read("select b.v, a.v, b.flag, a.flag from b join a on a.n = b.n")
        expect(back).toEqual({ v: 5n, flag: true })
        expect(await read(`select 'x' as n, cast(3 as ${number}) as n`)).toEqual([{ n: 3 }])
        expect(await read("select count(*) as n, max(v) as v, 'x' as v from a")).toEqual([
          { n: 2, v: "x" },
        ])
      }
    }))
})

describeEngines(
  "storages whose names differ in case",
  ({ fresh }) => {
    test("are different ones", () =>
      withDatabase(fresh, async (database) => {
        await database.storage("States").save("a", "upper")
        await database.storage("states").save("a", "lower")
        expect(await database.storage("States").load("a")).toBe("upper")
        expect(await database.storage("states").load("a")).toBe("lower")
      }))
  },
  ["postgres", "mariadb"],
)
