import { afterEach, beforeEach, expect, test } from "vitest"
import { type Columns, DatabaseStorage } from "../src/index.ts"
import { literalDefault } from "../src/table/dialects/mysql-tables.ts"
import { describeEngines } from "./support/engines.ts"

const defaults = {
  plain: { type: "text", default: 'it\'s \\ "so"\n `ß𝄞` ::text ? :name' },
  empty: { type: "text", default: "" },
  number: { type: "text", default: "5" },
  key: { type: "text", default: "x", unique: true },
  count: { type: "integer", default: -5 },
  large: { type: "bigint", default: -(2n ** 63n) },
  exact: { type: "real", default: 1e300 },
  half: { type: "real", default: -0.5 },
  on: { type: "boolean", default: true },
  off: { type: "boolean", default: false },
  seen: { type: "timestamp", default: new Date("1969-12-31T23:59:59.999Z") },
  profile: { type: "json", default: { "a'": [1, null, '\\ "x"'] } },
  bytes: { type: "blob", default: new Uint8Array([0, 39, 92, 255]) },
  session: { type: "uuid", default: "0190a6d6-5b1c-7f00-8000-0123456789ab" },
  price: { type: "decimal", default: "-19.90" },
} as const satisfies Columns

describeEngines("a table that exists", (engine) => {
  let database: DatabaseStorage
  beforeEach(async () => {
    database = new DatabaseStorage(await engine.fresh())
  })
  afterEach(() => database?.close())

  const differences = async (columns: Columns) => {
    const error: unknown = await database.createTable("t", columns).catch((reason) => reason)
    expect(error).toMatchObject({ code: "ERR_PERSIST_SCHEMA" })
    return (error as { details: { differences: string[] } }).details.differences
  }

  test("is the same with every kind of default", async () => {
    await database.createTable("t", defaults)
    const table = await database.createTable("t", defaults)
    const { key, ...rest } = await table.insert({})
    expect(key).toBe("x")
    for (const [name, { default: value }] of Object.entries(defaults)) {
      if (name === "key") continue
      expect(rest[name as "plain"], name).toEqual(name === "price" ? "-19.9" : value)
    }
  })

  test("with other defaults is another table", async () => {
    await database.createTable("t", {
      ...defaults,
      none: "text",
      nothing: { type: "integer", nullable: true },
    })
    const changed = await differences({
      plain: { type: "text", default: "other" },
      empty: "text",
      number: { type: "text", default: "6" },
      key: { type: "text", default: "y", unique: true },
      count: { type: "integer", default: 5 },
      large: { type: "bigint", default: -(2n ** 63n) + 1n },
      exact: { type: "real", default: 1e301 },
      half: { type: "real", default: 0.5 },
      on: { type: "boolean", default: false },
      off: "boolean",
      seen: { type: "timestamp", default: new Date(0) },
      profile: { type: "json", default: { a: 1 } },
      bytes: { type: "blob", default: new Uint8Array([0, 39, 92]) },
      session: { type: "uuid", default: "0190a6d6-5b1c-7f00-8000-0123456789ac" },
      price: { type: "decimal", default: "-19.91" },
      none: { type: "text", default: "now" },
      nothing: { type: "integer", nullable: true, default: 0 },
    })
    expect(changed.map((text) => /column "(\w+)" has the default/.exec(text)?.[1])).toEqual([
      ...Object.keys(defaults),
      "none",
      "nothing",
    ])
  })

  test("with other indexes, keys and nullability is another table", async () => {
    await database.createTable("parents", { name: "text" })
    const columns = {
      a: { type: "integer", index: true },
      b: "integer",
      c: { type: "integer", unique: true },
      d: { type: "uuid", references: "parents" },
      e: { type: "uuid", nullable: true, references: { table: "parents", onDelete: "cascade" } },
      f: { type: "uuid", index: false },
    } as const satisfies Columns
    await database.createTable("t", columns)
    await database.createTable("t", columns)
    const changed = await differences({
      a: "integer",
      b: { type: "integer", index: true },
      c: { type: "integer", index: true },
      d: { type: "uuid", references: { table: "parents", onDelete: "cascade" } },
      e: { type: "uuid", references: { table: "parents", onDelete: "cascade" } },
      f: { type: "uuid", references: "parents" },
    })
    expect(changed).toEqual([
      'column "a" has an index: true, not false',
      'column "b" has an index: false, not true',
      'column "c" is unique: true, not false',
      'column "c" has an index: false, not true',
      'column "d" refers to parents.id on delete restrict, not parents.id on delete cascade',
      'column "e" is nullable: true, not false',
      'column "f" has an index: false, not true',
      'column "f" refers to none, not parents.id on delete restrict',
    ])
  })

  test("may have indexes that no column describes", async () => {
    await database.createTable("t", { a: "integer", b: "integer" })
    await database.executeSql("create index both_ab on t (a, b)")
    await database.executeSql("create index created on t (created_at)")
    await database.createTable("t", { a: "integer", b: "integer" })
  })
})

test.each([
  // MariaDB's and MySQL 8's ways of telling a default.
  [null, null],
  ["NULL", null],
  ["'it''s'", "'it''s'"],
  ["-5", "-5"],
  ["(5)", "5"],
  ["_utf8mb4\\'it\\\\\\'s\\'", "'it\\'s'"],
  ["_latin1\\'x\\'", "'x'"],
  ["0x0027", "0x0027"],
  ["uuid()", undefined],
  ["concat(_utf8mb4\\'a\\',rand())", undefined],
  ["(select 1)", undefined],
])("a default that MySQL tells as %s", (told, read) => {
  expect(literalDefault(told)).toBe(read)
})
