import { expect, test } from "vitest"
import { insertsRowsWithIds } from "../src/engines/sqlite/inserted-rows.ts"
import type { SqliteDatabase } from "../src/engines/sqlite/sqlite-database.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines(
  "the id of a row that was inserted",
  ({ fresh, name }) => {
    test("is told exactly, also where a number would round", () =>
      withDatabase(fresh, async (database) => {
        const key = name === "mariadb" ? "bigint auto_increment" : "integer"
        await database.executeSql(`create table t (id ${key} primary key)`)
        const id = 2n ** 53n + 1n
        expect((await database.executeSql("insert into t values (:id)", { id })).insertId).toBe(id)
        const query = database.kysely.withTables<{ t: { id: bigint } }>().insertInto("t")
        expect((await query.values({ id: id + 2n }).executeTakeFirst()).insertId).toBe(id + 2n)
        expect((await database.executeSql("insert into t values (7)")).insertId).toBe(7)
      }))

    if (name !== "mariadb")
      test("is not that of another table's row where rows have none", () =>
        withDatabase(fresh, async (database) => {
          await database.executeSql("create table t (id integer primary key)")
          await database.executeSql('create table "a b" (k text primary key) without rowid')
          const idOf = async (sql: string) => (await database.executeSql(sql)).insertId
          const quoted = ['"a b"', "[a b]", "`a b`", 'main."a b"', 'main . "A B"']
          for (const [index, table] of quoted.entries()) {
            expect(await idOf(`insert into t values (${index + 70})`)).toBe(index + 70)
            expect(
              await idOf(`insert or replace into ${table} values ('${index}')`),
            ).toBeUndefined()
          }
          // What is no name: a comment, a text, the name of something else.
          const forms = [
            "into /* c */ w",
            "/* into t */ into w",
            "into -- into t\n w",
            'into"w"',
            "into'w'",
            "into main/**/./**/[w]",
          ]
          await database.executeSql("create table w (k text primary key) without rowid")
          for (const [index, form] of forms.entries()) {
            expect(await idOf(`insert into t values (${index + 90})`)).toBe(index + 90)
            for (const start of ["", "with \"into t\" as (select ' into t ' as x)"]) {
              expect(await idOf(`${start} replace ${form} values ('${index}')`)).toBeUndefined()
            }
          }
          expect(await idOf("insert into/* c */t values (99)")).toBe(99)
          await database.executeSql("create table words (k text primary key)")
          expect(await idOf("insert into words values ('into t')")).toBe(1)
          const virtual = "create virtual table search using fts5(body)"
          await database.executeSql(virtual)
          expect(await idOf("insert into search values ('a'), ('b')")).toBe(2)
        }))
  },
  ["sqlite", "memory", "mariadb"],
)

test.each([
  ["many values", "(?, ?)", 100_000],
  ["texts of many words", "('we do what we do')", 30_000],
  ["texts of words that matter", "('do update with into')", 30_000],
])("whether an insert of %s tells ids is found out in one look", (_, row, count) => {
  const database = { prepare: () => undefined } as unknown as SqliteDatabase
  const sql = `insert into t values ${Array(count).fill(row).join(", ")}`
  const start = performance.now()
  expect(insertsRowsWithIds(database, sql)).toBe(true)
  // Who looked back, or on, at each of them took more than half a minute.
  expect(performance.now() - start).toBeLessThan(3000)
})
