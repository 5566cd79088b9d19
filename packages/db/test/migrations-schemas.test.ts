import { expect, test } from "vitest"
import { DatabaseStorage, type Migrations } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines(
  "migrations that change the search_path",
  ({ fresh }) => {
    test("find their list again, also after a dump that has emptied it", () =>
      withDatabase(fresh, async (database) => {
        const { rows } = await database.executeSql<{ s: string }>("select current_schema() as s")
        const migrations: Migrations = {
          "1_dump": `select pg_catalog.set_config('search_path', '', false); create table "${rows[0]!.s}".notes (n int)`,
          "2_more": "insert into notes values (1)",
        }
        expect(await database.migrate(migrations)).toEqual({
          applied: ["1_dump", "2_more"],
          reverted: [],
        })
        expect(await database.migrate(migrations)).toEqual({ applied: [], reverted: [] })
      }))
  },
  ["postgres"],
)

describeEngines(
  "a migration that makes a schema",
  ({ fresh }) => {
    test("is refused where that would come first and hide the list, and nothing of it is left", async () => {
      const { connection } = await fresh()
      const own = /search_path%3D(\w+)/.exec(connection!)![1]!
      const path = connection!.replace(own, `${own}_first,${own}`)
      await using database = new DatabaseStorage(path)
      const first = { "1_table": "create table notes (n int)" }
      await database.migrate(first)
      const migrations = { ...first, "2_schema": `create schema ${own}_first` }
      await expect(database.migrate(migrations)).rejects.toMatchObject({
        code: "ERR_PERSIST_MIGRATION",
        message: expect.stringContaining(`put the schema "${own}_first" first`),
      })
      const [one, two] = await database.migrationStatus(migrations)
      expect([one!.state, two!.state]).toEqual(["applied", "pending"])

      const beside = { ...first, "2_schema": `create schema ${own}_beside` }
      expect((await database.migrate(beside)).applied).toEqual(["2_schema"])
    })
  },
  ["postgres"],
)

describeEngines(
  "a migration that takes another role",
  ({ fresh }) => {
    test("may do so where the role has a schema of its own name, which comes first for it", async () => {
      const { connection } = await fresh()
      const own = /search_path%3D(\w+)/.exec(connection!)![1]!
      await using database = new DatabaseStorage(connection!.replace(own, `"$user",${own}`))
      const first = { "1_table": "create table notes (n int)" }
      await database.migrate(first)
      const role = `${own}_role`
      await database.executeSql(
        `create role ${role}; create schema authorization ${role}; grant usage on schema ${own} to ${role}; grant insert, select on ${own}.persist_migrations to ${role}`,
      )
      const migrations = { ...first, "2_role": `set role ${role}` }
      expect((await database.migrate(migrations)).applied).toEqual(["2_role"])
      expect(await database.migrate(migrations)).toEqual({ applied: [], reverted: [] })
    })
  },
  ["postgres"],
)
