import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import type { StatementRunner } from "../src/session/statement-runner.ts"
import { mysqlTables } from "../src/table/dialects/mysql-tables.ts"
import { readTableSchema } from "../src/table/table-schema.ts"
import { describeEngines } from "./support/engines.ts"

describeEngines(
  "createTable",
  (engine) => {
    test("does not take the table of another schema for its own", async () => {
      const [first, second] = [await engine.fresh(), await engine.fresh()]
      const path = /search_path%3D(\w+)/
      const [theirs, mine] = [first, second].map(({ connection }) => path.exec(connection!)![1]!)
      await using other = new DatabaseStorage(first)
      await (await other.createTable("notes", { text: "text" })).insert({ text: "theirs" })
      await using database = new DatabaseStorage(
        second.connection!.replace(mine!, `${mine}%2C${theirs}`),
      )
      const notes = await database.createTable("notes", { text: "text" })
      expect(await notes.findMany({})).toEqual([])
      await notes.insert({ text: "mine" })
      await database.createTable("notes", { text: "text" })
      const { rows } = await other.executeSql("select text from notes")
      expect(rows).toEqual([{ text: "theirs" }])
    })
  },
  ["postgres"],
)

// Such a server, as on Windows, is not one that tests can have beside others.
test.each([
  [1, "People"],
  [0, "people"],
])("MySQL with lower_case_table_names %i refers to %s", async (ignores_case, table) => {
  const row = {
    name: "parent",
    type: "char(36)",
    nullable: "NO",
    default_text: null,
    is_unique: 0,
    is_indexed: 1,
    refers_to: "people",
    refers_to_column: "id",
    on_delete: "RESTRICT",
    ignores_case,
  }
  const runner = { run: async () => ({ rows: [row] }) } as unknown as StatementRunner
  const schema = readTableSchema("Kids", { parent: { type: "uuid", references: "People" } })
  const found = await mysqlTables.inspect(runner, schema)
  expect(found?.columns.get("parent")?.references).toBe(`${table}.id on delete restrict`)
})
