import { createHash } from "node:crypto"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DatabaseStorage, type Migration, type Migrations } from "../src/index.ts"
import { countRows, describeEngines, openFresh } from "./support/engines.ts"

describeEngines("DatabaseStorage.migrate", (engine) => {
  let database: DatabaseStorage
  beforeEach(async () => {
    database = (await openFresh(engine)).database
  })
  afterEach(() => database?.close())

  const migrations: Migrations = {
    "001_users": { up: "create table users (name varchar(20))", down: "drop table users" },
    "002_first": {
      up: (session) => session.executeSql("insert into users values (:name)", { name: "Ada" }),
      down: (session) => session.executeSql("delete from users"),
    },
    "003_more": {
      up: "create table a (n int); create table b (n int)",
      down: "drop table b; drop table a",
    },
  }
  const count = (table: string) => countRows(database, table)

  test("goes up, down and to a version, and tells before", async () => {
    expect(await database.migrate(migrations, { plan: true })).toEqual({
      applied: ["001_users", "002_first", "003_more"],
      reverted: [],
    })
    await database.migrate(migrations, { to: "002_first" })
    expect((await database.migrationStatus(migrations)).map(({ state }) => state)).toEqual([
      "applied",
      "applied",
      "pending",
    ])
    expect(await database.migrate(migrations)).toEqual({ applied: ["003_more"], reverted: [] })
    expect(await database.migrate(migrations)).toEqual({ applied: [], reverted: [] })
    expect(await count("users")).toBe(1)
    expect(await database.migrate(migrations, { to: null })).toEqual({
      applied: [],
      reverted: ["003_more", "002_first", "001_users"],
    })
    await expect(count("users")).rejects.toMatchObject({ code: "ERR_PERSIST_NO_TABLE" })
  })

  test("is refused inside a migration, instead of waiting for itself", async () => {
    const inner = () => database.migrate({ "001_inner": "create table inside (n int)" })
    await expect(database.migrate({ "001_outer": { up: inner } })).rejects.toMatchObject({
      code: "ERR_PERSIST_MIGRATION",
      cause: { code: "ERR_PERSIST_MIGRATION", message: expect.stringContaining("one record") },
    })
    expect(await database.migrate(migrations, { to: "001_users" })).toMatchObject({
      applied: ["001_users"],
    })
  })

  test("leaves nothing of a failed migration, or says what stays", async () => {
    const failing = {
      ...migrations,
      "004_bad": "create table half (n int); insert into nowhere values (1)",
    }
    const error = await database.migrate(failing).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: "ERR_PERSIST_MIGRATION",
      cause: { code: "ERR_PERSIST_NO_TABLE" },
      details: { migration: "004_bad" },
    })
    if (engine.name === "mariadb") {
      expect((error as Error).message).toContain("these statements stay: create table half")
    } else {
      await expect(count("half")).rejects.toMatchObject({ code: "ERR_PERSIST_NO_TABLE" })
    }
    expect((await database.migrationStatus(failing)).at(-1)).toEqual({
      name: "004_bad",
      state: "pending",
    })
    expect(await count("a")).toBe(0)
  })

  if (["postgres", "mariadb"].includes(engine.name)) {
    test("says what stays of one that lost its connection", async () => {
      const kill =
        engine.name === "postgres"
          ? "select pg_terminate_backend(pg_backend_pid())"
          : "execute immediate concat('kill ', connection_id())"
      const failing: Migrations = {
        "001_lost": {
          transaction: false,
          async up(session) {
            await session.executeSql("create table stays (n int)")
            await session.executeSql(kill)
          },
        },
      }
      const error = await database.migrate(failing).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
      expect((error as Error).message).toContain("these statements stay: create table stays")
    })
  }

  test("tells and goes up in a session without being its end", async () => {
    await database.executeSql("create table notes (n int)")
    const undone = database.getSession(async () => {
      await database.executeSql("insert into notes values (1)")
      expect(await database.migrationStatus(migrations)).toHaveLength(3)
      await database.migrate(migrations)
      await database.executeSql("insert into notes values (2)")
      throw new Error("undo")
    })
    await expect(undone).rejects.toThrow("undo")
    expect(await count("notes")).toBe(0)
    // MySQL has no transactions for schemas, so there it stands outside.
    const [first] = await database.migrationStatus(migrations)
    expect(first?.state).toBe(engine.name === "mariadb" ? "applied" : "pending")
  })

  test("refuses what does not fit what was applied", async () => {
    await database.migrate(migrations)
    const edited = { ...migrations, "003_more": "create table c (n int)" }
    await expect(database.migrate(edited)).rejects.toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
    expect((await database.migrationStatus(edited)).at(-1)!.state).toBe("changed")
    const late = { ...migrations, "0025_late": "create table late (n int)" }
    await expect(database.migrate(late)).rejects.toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
    const { "003_more": _, ...older } = migrations
    await expect(database.migrate(older)).rejects.toMatchObject({ code: "ERR_PERSIST_NEWER" })
    await expect(database.migrate(migrations, { to: "004" })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
    // MySQL would take the second one for the first when its tables are there already.
    const alike = {
      ...migrations,
      "004": "create table d (n int)",
      "004 ": "create table e (n int)",
    }
    await expect(database.migrate(alike)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
      message: expect.stringContaining('"004 "'),
    })
  })

  test("knows a text from when its line ends and byte order mark counted", async () => {
    const text = "create table texts (\n  n int\n)\n"
    const windows = text.replaceAll("\n", "\r\n")
    const bom = String.fromCharCode(0xfeff)
    const texts = [text, windows, bom + text, bom + windows, text.replace("\n", "\r\n")]
    const applied = texts.map((one, index): [string, Migration] => {
      const checksum = createHash("sha256").update(one).digest("hex")
      return [`00${index}`, { up: "select 1", checksum }]
    })
    await database.migrate(Object.fromEntries(applied))
    const given = (up: (index: number) => string | Migration): Migrations =>
      Object.fromEntries(applied.map(([name], index) => [name, up(index)]))
    const same = given((index) => texts[index]!)
    expect(await database.migrate(same)).toEqual({ applied: [], reverted: [] })
    const elsewhere = given((index) => (index === 4 ? texts[4]! : texts[3 - index]!))
    expect(await database.migrate(elsewhere)).toEqual({ applied: [], reverted: [] })
    const states = (await database.migrationStatus(elsewhere)).map(({ state }) => state)
    expect(states).toEqual(texts.map(() => "applied"))
    // One that is given is nothing but itself.
    const own = given((index) => ({ up: texts[index]!, checksum: "own" }))
    await expect(database.migrate(own)).rejects.toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
  })

  test("takes a text whose lines end otherwise for the same", async () => {
    const text = "create table texts (\n  n int\n)\n"
    const bom = String.fromCharCode(0xfeff)
    await database.migrate({ "001_texts": bom + text.replaceAll("\n", "\r\n") })
    expect(await database.migrate({ "001_texts": text })).toEqual({ applied: [], reverted: [] })
    const edited = { "001_texts": text.replace("n int", "n\nint") }
    await expect(database.migrate(edited)).rejects.toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
  })

  test("goes in the order of the names, and back only where there is a way", async () => {
    const { "001_users": users, "002_first": first } = migrations
    const turned: Migrations = { "002_first": first!, "001_users": users! }
    expect(await database.migrate(turned)).toEqual({
      applied: ["001_users", "002_first"],
      reverted: [],
    })
    const oneWay: Migrations = { ...turned, "003_one_way": "create table a (n int)" }
    await database.migrate(oneWay)
    const back = database.migrate(oneWay, { to: "001_users" })
    await expect(back).rejects.toMatchObject({
      code: "ERR_PERSIST_MIGRATION",
      message: 'Migration "003_one_way" has no "down", so it cannot be undone.',
    })
    const { "002_first": _, ...holed } = oneWay
    await expect(database.migrate(holed)).rejects.toMatchObject({
      code: "ERR_PERSIST_MIGRATION",
      details: { migration: "002_first" },
    })
    const endless = { ["x".repeat(191)]: "select 1" }
    await expect(database.migrate(endless)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
    expect(await count("a")).toBe(0)
  })

  test("stops at a signal, and leaves what was done before", async () => {
    const controller = new AbortController()
    const { "001_users": users, "002_first": first } = migrations
    const stopped: Migrations = {
      "001_users": users!,
      "002_stopped": {
        up: async (session) => {
          await session.executeSql("insert into users values ('Eve')")
          controller.abort(new Error("enough"))
          await session.executeSql("select 1")
        },
      },
      "003_first": first!,
    }
    const { signal } = controller
    await expect(database.migrate(stopped, { signal })).rejects.toMatchObject({
      code: "ERR_PERSIST_ABORTED",
    })
    const done = (await database.migrationStatus(stopped)).filter(
      ({ state }) => state === "applied",
    )
    const isWhole = engine.name === "mariadb"
    expect(done).toHaveLength(isWhole ? 2 : 1)
    expect(await count("users")).toBe(isWhole ? 1 : 0)
    await expect(database.migrate(stopped, { signal })).rejects.toMatchObject({
      code: "ERR_PERSIST_ABORTED",
    })
  })
})

describe("a migration of SQLite with foreignKeys: false", () => {
  const first: Migrations = {
    "1_tables":
      "create table parents (id integer primary key, name text); create table children (id integer primary key, parent integer not null references parents (id) on delete cascade); insert into parents values (1, 'a'), (2, 'b'); insert into children values (1, 1), (2, 2)",
  }
  const rebuilt = (condition: string): Migrations => ({
    ...first,
    "2_rebuild": {
      up: `create table parents_new (id integer primary key, name text not null); insert into parents_new select id, name from parents where ${condition}; drop table parents; alter table parents_new rename to parents`,
      foreignKeys: false,
    },
  })
  let database: DatabaseStorage
  beforeEach(async () => {
    database = new DatabaseStorage("sqlite::memory:")
    await database.migrate(first)
  })
  afterEach(() => database.close())

  const isEnforced = () =>
    expect(database.executeSql("insert into children values (9, 9)")).rejects.toMatchObject({
      code: "ERR_PERSIST_FOREIGN_KEY",
    })

  test("builds a table anew under those that refer to it", async () => {
    expect(await database.migrate(rebuilt("true"))).toEqual({
      applied: ["2_rebuild"],
      reverted: [],
    })
    expect((await database.executeSql("select id, parent from children")).rows).toHaveLength(2)
    expect(await database.checkIntegrity()).toEqual([])
    await isEnforced()
  })

  test("is rolled back when a key leads nowhere in the end", async () => {
    const failing = database.migrate(rebuilt("id = 1"))
    await expect(failing).rejects.toMatchObject({
      code: "ERR_PERSIST_MIGRATION",
      message: expect.stringContaining('"children" row 2 refers to "parents"'),
    })
    expect((await database.executeSql("select name from parents")).rows).toHaveLength(2)
    await isEnforced()
  })

  test("is refused inside a session, and without a transaction", async () => {
    const inside = database.getSession(() => database.migrate(rebuilt("true")))
    await expect(inside).rejects.toMatchObject({ code: "ERR_PERSIST_MIGRATION" })
    const wrong = { "2": { up: "select 1", foreignKeys: false, transaction: false } }
    await expect(database.migrate(wrong)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
    await isEnforced()
  })
})
