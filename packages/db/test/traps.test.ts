import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"

interface Schema {
  readonly counters: { id: number; n: number }
}

// What the libraries underneath do wrong, one test each; see the README for the list.
describeEngines("traps", (engine) => {
  let options: DatabaseOptions
  let database: DatabaseStorage<Schema>
  beforeEach(async () => {
    options = await engine.fresh()
    database = new DatabaseStorage(options)
    await database.executeSql("create table counters (id int primary key, n int not null)")
    await database.executeSql("insert into counters (id, n) values (1, 0)")
  })
  afterEach(() => database?.close())

  const n = async (from: DatabaseStorage<Schema> = database) =>
    (await from.executeSql<{ n: number }>("select n from counters where id = 1")).rows[0]!.n

  test("the outer handle inside Kysely's own transaction joins it", async () => {
    await database.kysely
      .transaction()
      .execute(async (transaction) => {
        await transaction.updateTable("counters").set({ n: 1 }).execute()
        expect(await n()).toBe(1)
        await database.executeSql("update counters set n = n + 1")
        throw new Error("no")
      })
      .catch((error: Error) => expect(error.message).toBe("no"))
    expect(await n()).toBe(0)
  })

  test("sessions that read and then write lose nothing", async () => {
    const other = engine.isShared ? new DatabaseStorage<Schema>(options) : database
    const increment = (handle: DatabaseStorage<Schema>) =>
      handle.getSession(
        async ({ kysely }) => {
          const query = kysely.selectFrom("counters").select("n").where("id", "=", 1)
          const row = await (engine.name === "sqlite" || engine.name === "memory"
            ? query
            : query.forUpdate()
          ).executeTakeFirstOrThrow()
          await delay(1)
          await kysely
            .updateTable("counters")
            .set({ n: row.n + 1 })
            .where("id", "=", 1)
            .execute()
        },
        { retries: 20 },
      )
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => increment(index % 2 ? other : database)),
    )
    expect(await n()).toBe(40)
    if (other !== database) await other.close()
  })

  test("4,000 queries at once are served in order, none twice", async () => {
    const many = Array.from({ length: 4000 }, (_, index) => index)
    await database.getSession(() =>
      Promise.all(
        many.map((id) =>
          database.executeSql("insert into counters (id, n) values (?, ?)", [id + 10, id]),
        ),
      ),
    )
    const rows = await Promise.all(
      many.map((id) =>
        database.kysely
          .selectFrom("counters")
          .select("n")
          .where("id", "=", id + 10)
          .executeTakeFirst(),
      ),
    )
    expect(rows.map((row) => row!.n)).toEqual(many)
  })

  test("an open stream stands beside writes and queries", async () => {
    await database.executeSql("insert into counters (id, n) values (2, 0), (3, 0), (4, 0)")
    const seen: number[] = []
    const stream = database.kysely.selectFrom("counters").select("id").orderBy("id").stream(1)
    for await (const { id } of stream) {
      seen.push(id)
      // PGlite has one connection, which its stream needs.
      if (engine.name !== "pglite")
        await database.executeSql("update counters set n = n + 1 where id = ?", [id])
      if (id === 3) break
    }
    expect(seen).toEqual([1, 2, 3])
    await database.executeSql("update counters set n = 7 where id = 1")
    expect(await n()).toBe(7)
  })

  test("lists of 100,000 values", async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => index)
    const { rows } = await database.executeSql("select id from counters where id in (:many)", {
      many,
    })
    expect(rows).toEqual([{ id: 1 }])
    const outside = await database.executeSql("select id from counters where id not in (?)", [many])
    expect(outside.rows).toEqual([])
    expect(
      (await database.executeSql("select id from counters where id in (?)", [[]])).rows,
    ).toEqual([])
    const notInNothing = await database.executeSql("select id from counters where id not in (?)", [
      [],
    ])
    expect(notInNothing.rows).toEqual([{ id: 1 }])
    const query = database.kysely.selectFrom("counters").select("id").where("id", "in", many)
    expect(await query.execute()).toEqual([{ id: 1 }])
  })

  test("a column added under a statement that is kept", async () => {
    const all = async () => (await database.executeSql("select * from counters")).rows
    for (let count = 0; count < 4; count++) await all()
    await database.executeSql(
      "alter table counters add column more bigint default 9007199254740993",
    )
    expect(await all()).toEqual([{ id: 1, n: 0, more: 9007199254740993n }])
    await database.executeSql("alter table counters drop column more")
    expect(await all()).toEqual([{ id: 1, n: 0 }])
  })

  test("somebody who waits in vain learns who holds the connection", async () => {
    // Opening the connection has that long too, also on a machine that does much else.
    await using small = new DatabaseStorage({ ...options, acquireTimeout: 600, connections: 1 })
    if (engine.name === "memory") {
      await small.executeSql("create table counters (id int primary key, n int not null)")
    }
    await small.getSession(
      async () => {
        const waiting = small.outside(() =>
          small.executeSql("insert into counters (id, n) values (5, 5)"),
        )
        await expect(waiting).rejects.toMatchObject({
          code: "ERR_PERSIST_TIMEOUT",
          message: expect.stringContaining('session "long import"'),
        })
        await small.getSession(() => small.executeSql("insert into counters (id, n) values (5, 5)"))
      },
      { name: "long import" },
    )
  })

  test("a commit by hand inside a session is an error, not a surprise", async () => {
    const running = database.getSession(async () => {
      await database.executeSql("update counters set n = 5")
      await database.executeSql("commit")
    })
    await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
  })

  test("template literals, names in text and comments, casts", async () => {
    const id = 1
    const { rows } = await database.executeSql<{
      n: number
    }>`select n from counters where id = ${id}`
    expect(rows).toEqual([{ n: 0 }])
    const quoted = await database.executeSql(
      "select ':a ? ''b' as a -- :not ?\n, n from counters /* :nor ? */ where id = :id and id = :id",
      { id },
    )
    expect(quoted.rows).toEqual([{ a: ":a ? 'b", n: 0 }])
    await expect(database.executeSql("select :a", { b: 1 })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
      message: expect.stringContaining('"b"'),
    })
    await expect(database.executeSql("select ?", [1, 2])).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    await expect(database.executeSql("select :a", { a: undefined })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    expect((await database.executeSql("update counters set n = :n", { n: 3 })).changes).toBe(1)
    const several = await database.executeSql<{ n: number }>(
      "update counters set n = n + 1; update counters set n = n + :by; select n from counters;",
      { by: 10 },
    )
    expect(several.rows).toEqual([{ n: 14 }])
  })

  test("an aborted statement leaves the connection fit for the next", async () => {
    const signal = AbortSignal.timeout(50)
    const slow = { postgres: "select pg_sleep(20)", mariadb: "select sleep(20)" }[
      engine.name as string
    ]
    if (slow === undefined) {
      const aborted = database.kysely
        .selectFrom("counters")
        .selectAll()
        .execute({ signal: AbortSignal.abort() })
      await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    } else {
      const start = performance.now()
      const running = database.getSession(() => database.executeSql(slow), { signal })
      await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      expect(performance.now() - start).toBeLessThan(15_000)
    }
    expect(await n()).toBe(0)
  })

  test("a statement that is aborted while it waits its turn ends no other", async () => {
    const slow = { postgres: "select pg_sleep(0.3)", mariadb: "select sleep(0.3) as ended_early" }[
      engine.name as string
    ]
    if (slow === undefined) return expect(engine.name).not.toBe("postgres")
    const results = await database.getSession(async () => {
      const first = database.executeSql(slow)
      const second = database.kysely
        .selectFrom("counters")
        .selectAll()
        .execute({ signal: AbortSignal.timeout(50) })
      return Promise.allSettled([first, second])
    })
    expect(results[1]).toMatchObject({ reason: { code: "ERR_PERSIST_ABORTED" } })
    expect(results[0]).toMatchObject({ status: "fulfilled" })
    if (engine.name === "mariadb") {
      expect(results[0]).toMatchObject({ value: { rows: [{ ended_early: 0 }] } })
    }
  })

  test("a parameter that would be stored as something else is refused", async () => {
    await database.executeSql("create table t (a varchar(100))")
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const values = [new Map([[1, 2]]), new Set([1]), /x/, new Error("x"), circular, { n: 1n }]
    if (engine.name !== "postgres" && engine.name !== "pglite") values.push(Number.NaN as never)
    for (const value of values) {
      const insert = database.executeSql("insert into t values (:value)", { value })
      await expect(insert).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
    }
    expect((await database.executeSql("select * from t")).rows).toEqual([])
  })

  test("a savepoint may have any name", async () => {
    await database.executeSql("create table t (a int)")
    const kysely = database.kysely.withTables<{ t: { a: number } }>()
    const transaction = await kysely.startTransaction().execute()
    const named = await transaction.savepoint("odd-name \"'`;").execute()
    await named.insertInto("t").values({ a: 1 }).execute()
    await named.rollbackToSavepoint("odd-name \"'`;").execute()
    await transaction.commit().execute()
    expect((await database.executeSql("select * from t")).rows).toEqual([])
  })

  if (["postgres", "pglite"].includes(engine.name))
    test("rows that travel beside a statement are refused instead of lost", async () => {
      for (let time = 0; time < 3; time++) {
        for (const way of ["from stdin", "TO\nSTDOUT"]) {
          const copy = database.executeSql(`/* a */ copy counters ${way}`)
          await expect(copy).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
        }
      }
      await database.getSession(async () => {
        const copy = database.executeSql("copy counters to stdout")
        await expect(copy).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
        await database.executeSql("update counters set n = 7")
      })
      expect(await n()).toBe(7)
    })

  if (engine.name === "mariadb")
    test("a file that the server asks for is not sent, and its session goes on", async () => {
      await database.getSession(async () => {
        const load = database.executeSql("load data local infile '/etc/hosts' into table counters")
        await expect(load).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
        await database.executeSql("update counters set n = 7")
      })
      expect(await n()).toBe(7)
    })

  test("a text from a file may begin with a byte order mark", async () => {
    const bom = String.fromCharCode(0xfeff)
    await database.executeSql(`${bom}update counters set n = 1; update counters set n = n + 1`)
    await database.executeSql(`${bom}-- a comment\r\nupdate counters set n = n + ?`, [3])
    expect(await n()).toBe(5)
  })
})
