import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines("odd values", ({ fresh, name }) => {
  test("of JSON are refused where it would hold something else, or an engine nothing", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { j: "json" })
      const infinite = { a: [1, { b: Number.POSITIVE_INFINITY }] }
      for (const j of [Number.NaN, infinite, "\0", ["\ud800"], { "\udfff": 1 }, "\\\0"]) {
        await expect(table.insert({ j })).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
      }
      for (const j of ["null", "\\u0000", "\\\\ud800", { a: null, "\u{1f600}": "\ud83d\ude00" }]) {
        expect((await table.insert({ j })).j).toEqual(j)
      }
    }))

  test("of JSON keep their keys, whatever objects were read before", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { j: "json" })
      // Some engines read the second key of the next one as this.
      JSON.parse(`{"${name}":[],"a longer key\\\\":0}`)
      const j = { [name]: 1, 'a longer key"': 2 }
      expect((await table.insert({ j })).j).toEqual(j)
      expect(await table.findMany({})).toMatchObject([{ j }])
      expect((await database.executeSql("select j from t")).rows).toEqual([{ j }])
      if (name !== "postgres" && name !== "pglite") return
      const lists = "select array[j::jsonb] as a, array[j::json] as b, j::json as c from t"
      expect((await database.executeSql(lists)).rows).toEqual([{ a: [j], b: [j], c: j }])
    }))

  test("in a column named as the prototype are there, or the column is refused", () =>
    withDatabase(fresh, async (database) => {
      const quote = name === "mariadb" ? "`" : '"'
      const named = `${quote}__proto__${quote}`
      await database.executeSql(`create table t (n int, ${named} int)`)
      await database.executeSql("insert into t values (1, 5)")
      for (let time = 0; time < 3; time++) {
        const reading = database.executeSql<Record<string, unknown>>("select * from t")
        const seen = await reading.then(
          ({ rows }) => Object.entries(rows[0]!),
          (error) => error.message,
        )
        const isKept = name === "postgres" || name === "pglite"
        const kept = Object.entries({ n: 1, ["__proto__"]: 5 })
        expect(seen).toEqual(isKept ? kept : expect.stringContaining("__proto__"))
      }
      const { rows } = await database.executeSql(`select ${named} as v from t`)
      expect(rows).toEqual([{ v: 5 }])
    }))

  test("of another context are what they are here: where Jest runs a test, Node's dates are no instances of its Date", () =>
    withDatabase(fresh, async (database) => {
      const { date, invalid, bytes, view } = runInNewContext(
        "({ date: new Date(0), invalid: new Date(NaN), bytes: new ArrayBuffer(2), view: new DataView(new ArrayBuffer(2)) })",
      )
      const table = await database.createTable("t", { d: "timestamp", y: "blob" })
      await database.executeSql("insert into t (d, y) values (?, ?)", [date, bytes])
      await database.executeSql("insert into t (d, y) values (?, ?)", [date, view])
      await table.insert({ d: date, y: new Uint8Array(2) })
      const row = { d: new Date(0), y: new Uint8Array(2) }
      const rows = await table.findMany({})
      expect(rows.map(({ d, y }) => ({ d, y: new Uint8Array(y) }))).toEqual([row, row, row])
      expect(await table.count({ d: date })).toBe(3)
      const wrong = database.executeSql("insert into t (d) values (?)", [invalid])
      await expect(wrong).rejects.toThrow("invalid date")
    }))

  test("inside JSON are refused rather than lost, in tables and as parameters", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { j: { type: "json", nullable: true } })
      const odd = [
        new Date(Number.NaN),
        Number.NaN,
        new Map([[1, 2]]),
        new Set(),
        /x/,
        new Error("x"),
      ]
      for (const value of [...odd, Uint8Array.of(1), Promise.resolve()]) {
        for (const j of [{ deep: [value] }, [value]]) {
          await expect(table.insert({ j: j as never })).rejects.toMatchObject({
            code: "ERR_PERSIST_VALIDATION",
          })
          const running = database.executeSql("insert into t (j) values (:j)", { j })
          await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
        }
      }
      for (const j of [
        { at: new Date(0), none: null, empty: {}, "0": 1 },
        { 0: null },
        [{}, null],
      ]) {
        expect((await table.insert({ j: j as never })).j).toEqual(JSON.parse(JSON.stringify(j)))
      }
    }))

  test("inside JSON are taken where they write themselves, whatever is beside", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { j: { type: "json", nullable: true } })
      class Failure extends Error {
        toJSON() {
          return { message: this.message, cause: null }
        }
      }
      const coded = Object.assign(new Error("x"), { code: "ENOENT" })
      for (const j of [new Failure("x"), { a: new Failure("x") }, { a: Buffer.of(1), at: null }]) {
        const kept = JSON.parse(JSON.stringify(j))
        expect((await table.insert({ j: j as never })).j).toEqual(kept)
        const id = { id: (await table.insert({ j: null })).id }
        await database.executeSql("update t set j = :j where id = :id", { j, ...id })
        expect(await table.find(id)).toMatchObject({ j: kept })
      }
      class Moment extends Date {
        override toJSON() {
          return { at: this.getTime() } as never
        }
      }
      expect((await table.insert({ j: [new Moment(1), new Date(0)] as never })).j).toEqual([
        { at: 1 },
        "1970-01-01T00:00:00.000Z",
      ])
      const untimely = [[new Date(0), new Date(Number.NaN)], { a: new Moment(Number.NaN) }]
      // Of the error its code would be left, and not its message.
      const dated = { toJSON: () => new Date(0) }
      const halved = [
        dated,
        [dated],
        coded,
        { coded },
        [{ coded, at: null }],
        { a: new ArrayBuffer(1) },
      ]
      for (const j of [...untimely, ...halved]) {
        const running = database.executeSql("insert into t (j) values (:j)", { j })
        await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
      }
    }))

  test("that others have put into columns come back as they are", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", {
        i: "integer",
        y: { type: "blob", nullable: true },
      })
      const large = 2n ** 63n - 1n
      await database.executeSql("insert into t (i) values (:large)", { large })
      expect(await table.find({ y: null })).toMatchObject({ i: large })
      if (name !== "sqlite" && name !== "memory") return
      await database.executeSql("update t set i = 7, y = 'text'")
      expect(await table.find({ i: 7 })).toMatchObject({ y: "text" })
    }))

  test("of bytes are taken from every view", () =>
    withDatabase(fresh, async (database) => {
      const table = await database.createTable("t", { y: "blob" })
      const { buffer } = Uint8Array.of(0, 1, 2, 3, 4, 5)
      const views = [new DataView(buffer, 2, 2), new Uint16Array(buffer, 2, 1), buffer.slice(2, 4)]
      for (const y of views) await database.executeSql("insert into t (y) values (:y)", { y })
      for (const { y } of await table.findMany({})) expect(y).toEqual(Uint8Array.of(2, 3))
    }))

  test("that their columns cannot hold fail alone", () =>
    withDatabase(fresh, async (database) => {
      await database.createTable("t", { d: "timestamp", u: "uuid", y: "blob" })
      const insert = "insert into t (d, u, y) values (:d, :u, :y)"
      const good = {
        d: new Date(0),
        u: "0198f1f0-0000-7000-8000-00000000000a",
        y: Buffer.from("a"),
      }
      const wrong = [{ d: new Date(8.64e15 + 1) }, { d: Symbol("d") }, { y: () => {} }]
      const ofServers = [{ d: new Date(-8.64e15) }, { d: Buffer.from("abc") }]
      if (name === "postgres" || name === "pglite")
        ofServers.push({ u: Buffer.from("abc") } as never)
      const isServer = name !== "sqlite" && name !== "memory"
      await database.getSession(async () => {
        for (const values of isServer ? [...wrong, ...ofServers] : wrong) {
          const failing = database.getSession(() =>
            database.executeSql(insert, { ...good, ...values }),
          )
          await expect(failing).rejects.toMatchObject({
            code: expect.stringMatching(/^ERR_PERSIST_(QUERY|INVALID_ARGUMENT)$/),
          })
        }
        await database.executeSql(insert, good)
      })
    }))

  test("that are refused before they are sent leave the session as it was", () =>
    withDatabase(fresh, async (database) => {
      const isPostgres = name === "postgres" || name === "pglite"
      const bytes = isPostgres ? "bytea" : "blob"
      await database.executeSql(`create table t (n int, y ${bytes}, z boolean)`)
      // PGlite knows the type, and refuses a text for a boolean itself.
      const texts = name === "pglite" ? [["z", "text"] as const] : []
      const refused = [["y", Symbol("y")], ["y", new Date(Number.NaN)], ...texts] as const
      await database.getSession(async () => {
        for (const [column, value] of refused) {
          const insert = `insert into t (n, ${column}) values (1, :value)`
          const failing = database.executeSql(insert, { value })
          await expect(failing).rejects.toMatchObject({
            code: expect.stringMatching(/^ERR_PERSIST_(QUERY|INVALID_ARGUMENT)$/),
          })
        }
        await database.executeSql("insert into t (n) values (2)")
      })
      expect((await database.executeSql("select n from t")).rows).toEqual([{ n: 2 }])
    }))
})

describeEngines(
  "text that is no JSON in a column of it",
  ({ fresh }) => {
    test("is damage, and said to be so", () =>
      withDatabase(fresh, async (database) => {
        const table = await database.createTable("t", { j: "json" })
        await database.executeSql("insert into t (j) values ('{\"a\":')")
        await expect(table.findMany({})).rejects.toMatchObject({
          code: "ERR_PERSIST_CORRUPT",
          message: expect.stringContaining('"j"'),
        })
      }))
  },
  ["sqlite"],
)
