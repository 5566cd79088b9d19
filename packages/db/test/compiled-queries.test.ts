import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  CamelCasePlugin,
  type Dialect,
  type DialectAdapter,
  type Driver,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryCompiler,
  SqliteAdapter,
  SqliteQueryCompiler,
  sql,
} from "kysely"
import { describe, expect, test } from "vitest"
import { CompiledQueries } from "../src/sql/compiled-queries.ts"

interface Schema {
  readonly person: { id: number; name: string; age: number | null; tags: unknown }
  readonly pet: { id: number; ownerId: number; name: string }
}

type Query = (database: Kysely<Schema>, value: () => number) => { compile(): unknown }

const queries: readonly Query[] = [
  (db, v) => db.selectFrom("person").selectAll().where("id", "=", v()),
  (db, v) => db.selectFrom("person").selectAll().where("age", "=", v()),
  (db, v) => db.selectFrom("person").selectAll().where("id", ">", v()),
  (db, v) => db.selectFrom("pet").selectAll().where("id", "=", v()),
  (db) => db.selectFrom("person").selectAll().where("age", "is", null),
  (db) => db.selectFrom("person").selectAll().where("age", "is not", null),
  (db, v) => db.selectFrom("person").select(["id", "name as alias"]).where("id", "in", [v(), v()]),
  (db, v) => db.selectFrom("person").select("id").where("id", "in", [v(), v(), v()]),
  (db, v) => db.selectFrom("person").select("id").where("id", "not in", [v(), v(), v()]),
  (db, v) => db.selectFrom("person").select("id").orderBy("id").limit(v()).offset(v()),
  (db, v) => db.selectFrom("person").select("id").orderBy("id", "desc").limit(v()).offset(v()),
  (db) => db.selectFrom("person").select(sql<number>`${sql.lit(1)}`.as("one")),
  (db) => db.selectFrom("person").select(sql<number>`${sql.lit(2)}`.as("one")),
  (db) => db.selectFrom("person").select(sql<string>`${sql.lit("a")}`.as("one")),
  (db, v) => db.selectFrom("person").select(sql<number>`${v()} + ${v()}`.as("sum")),
  (db, v) => db.selectFrom("person").select(sql<number>`${v()} - ${v()}`.as("sum")),
  (db, v) =>
    db
      .selectFrom("person")
      .innerJoin("pet", "pet.ownerId", "person.id")
      .select(["pet.name", "person.id"])
      .where((is) => is.or([is("pet.id", "=", v()), is.not(is("person.age", ">", v()))])),
  (db, v) =>
    db
      .with("old", (it) => it.selectFrom("person").select("id").where("age", ">", v()))
      .selectFrom("old")
      .selectAll()
      .where("id", "<", v()),
  (db, v) => db.insertInto("person").values({ id: v(), name: "a", age: v(), tags: null }),
  (db, v) => db.insertInto("person").values({ id: v(), name: "a", age: null, tags: [v()] }),
  (db, v) =>
    db.insertInto("person").values([
      { id: v(), name: "a", age: v(), tags: 1 },
      { id: v(), name: "b", age: v(), tags: 2 },
    ]),
  (db, v) =>
    db
      .insertInto("pet")
      .columns(["id", "name", "ownerId"])
      .expression((it) =>
        it.selectFrom("person").select(["id", "name", "age"]).where("id", "=", v()),
      )
      .returningAll(),
  (db, v) =>
    db
      .insertInto("person")
      .values({ id: v(), name: "x", age: v(), tags: v() })
      .onConflict((on) => on.column("id").doUpdateSet({ age: v() }).where("person.age", "<", v())),
  (db, v) => db.updateTable("person").set({ age: v(), name: "n" }).where("id", "=", v()),
  (db, v) =>
    db
      .updateTable("person")
      .set((is) => ({ age: is("age", "+", v()) }))
      .where("id", "=", v()),
  (db, v) => db.deleteFrom("person").where("id", "=", v()).returning("id"),
  (db, v) => db.withSchema("other").selectFrom("person").selectAll().where("id", "=", v()),
  (db) => db.schema.createTable("t").addColumn("id", "integer", (column) => column.primaryKey()),
  (db) => db.schema.createTable("t").addColumn("id", "text", (column) => column.defaultTo("now")),
  (db) => db.schema.dropTable("t").ifExists(),
  (db, v) =>
    db
      .selectFrom("person")
      .select("id")
      .where("id", "in", Array.from({ length: 300 }, v)),
]

const engines: readonly (readonly [string, () => QueryCompiler, () => DialectAdapter])[] = [
  ["sqlite", () => new SqliteQueryCompiler(), () => new SqliteAdapter()],
  ["postgres", () => new PostgresQueryCompiler(), () => new PostgresAdapter()],
  ["mysql", () => new MysqlQueryCompiler(), () => new MysqlAdapter()],
]

function kysely(compiler: QueryCompiler, adapter: DialectAdapter): Kysely<Schema> {
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: (): Driver => new DummyDriver(),
    createIntrospector: () => {
      throw new Error("not needed")
    },
    createQueryCompiler: () => compiler,
  }
  return new Kysely<Schema>({ dialect })
}

describe.each(engines)("CompiledQueries for %s", (_, compiler, adapter) => {
  const stock = kysely(compiler(), adapter())
  const ours = kysely(new CompiledQueries(compiler()), adapter())
  const plugins = [new CamelCasePlugin()]

  test.each(["different values", "equal values"])(
    "writes what Kysely's own compiler does, for %s",
    (kind) => {
      for (let round = 0; round < 4; round++) {
        for (const query of queries) {
          for (const [one, other] of [
            [ours, stock],
            [ours.withPlugin(plugins[0]!), stock.withPlugin(plugins[0]!)],
          ] as const) {
            const numbers = () => {
              let count = round * 1000
              return () => (kind === "equal values" ? round : count++)
            }
            const { sql: text, parameters } = query(one, numbers()).compile() as Compiled
            const wanted = query(other, numbers()).compile() as Compiled
            expect({ text, parameters }).toEqual({
              text: wanted.sql,
              parameters: wanted.parameters,
            })
          }
        }
      }
    },
  )

  test("compiles a query once", () => {
    let compiled = 0
    const inner = compiler()
    const counting = kysely(
      new CompiledQueries({
        compileQuery(node, id) {
          compiled++
          return inner.compileQuery(node, id)
        },
      }),
      adapter(),
    )
    const texts = [1, 2, 3].map(
      (id) => counting.selectFrom("person").selectAll().where("id", "=", id).compile().sql,
    )
    expect(new Set(texts).size).toBe(1)
    expect(compiled).toBe(1)
  })

  test("forgets what there is too much of", () => {
    const remembering = kysely(new CompiledQueries(compiler()), adapter())
    for (let column = 0; column < 2500; column++) {
      const { ref } = remembering.dynamic
      const { sql: text } = remembering
        .selectFrom("person")
        .select(ref(`c${column}`))
        .compile()
      expect(text).toContain(`c${column}`)
    }
  })
})

// Their properties are read one by one, so one that a new Kysely adds must not be overlooked.
const nodes = {
  identifier: ["name"],
  operator: ["operator"],
  "select-all": [],
  "schemable-identifier": ["schema", "identifier"],
  table: ["table"],
  column: ["column"],
  reference: ["column", "table"],
  selection: ["selection"],
  "binary-operation": ["leftOperand", "operator", "rightOperand"],
  where: ["where"],
  from: ["froms"],
  values: ["values"],
  value: ["value", "immediate"],
  "primitive-value-list": ["values"],
}

test.each(Object.entries(nodes))(
  "Kysely's %s node holds what is read of it",
  (name, properties) => {
    const folder = join(dirname(fileURLToPath(import.meta.resolve("kysely"))), "operation-node")
    const declared = readFileSync(join(folder, `${name}-node.d.ts`), "utf8")
    const found = [...declared.matchAll(/^ {4}readonly (\w+)/gm)].map((match) => match[1])
    expect(found.sort()).toEqual(["kind", ...properties].sort())
  },
)

interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}
