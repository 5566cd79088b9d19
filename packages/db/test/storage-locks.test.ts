import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"

describeEngines(
  "tables of a storage",
  ({ fresh }) => {
    test("are made together, or none of them", async () => {
      await using database = new DatabaseStorage(await fresh())
      // The trigger's function cannot be made, and what it is for comes before it.
      await database.executeSql(
        "create function persist_notify() returns int language sql as $$ select 1 $$",
      )
      await expect(database.storage("whole").save("a", 1)).rejects.toThrow(/return type/)
      const { rows } = await database.executeSql(
        "select relname from pg_class where relname like 'persist_whole%' and relnamespace = current_schema()::regnamespace",
      )
      expect(rows).toEqual([])
      await database.executeSql("drop function persist_notify()")
      await database.storage("whole").save("a", 2)
      expect(await database.storage("whole").load("a")).toBe(2)
    })

    test("are made by one, while others wait and then find them", async () => {
      const options = await fresh()
      await using one = new DatabaseStorage(options)
      await using other = new DatabaseStorage(options)
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
      const first = one.getSession(async () => {
        await one.storage("shared").save("a", 1)
        begin()
        await mayEnd
      })
      await begun
      const second = other.storage("shared").save("b", 2)
      try {
        const sql = "select count(*) as n from pg_locks where locktype = 'advisory' and not granted"
        await expect
          .poll(async () => Number((await other.executeSql<{ n: number }>(sql)).rows[0]!.n))
          .toBeGreaterThan(0)
      } finally {
        end()
        await Promise.all([first, second])
      }
      expect((await one.storage("shared").list()).toSorted()).toEqual(["a", "b"])
    })
  },
  ["postgres"],
)

describeEngines(
  "a purge of what has expired",
  ({ fresh }) => {
    test("that somebody is in the way of lets the save go on", async () => {
      const options = await fresh()
      await using database = new DatabaseStorage(options)
      await using other = new DatabaseStorage(options)
      await database.storage("s").save("old", 1)
      await database.executeSql("update persist_s set expires_at = 5")
      // As two do that lock a row and its place in the index in opposite order.
      await database.executeSql(
        "create trigger in_the_way before delete on persist_s for each row signal sqlstate '40001' set mysql_errno = 1213, message_text = 'Deadlock found'",
      )
      await other.storage("s").save("new", 2, { ttl: "1h" })
      expect(await other.storage("s").load("new")).toBe(2)
      const inSession = database.getSession(() =>
        database.storage("s").save("newer", 3, { ttl: "1h" }),
      )
      await expect(inSession).rejects.toMatchObject({ code: "ERR_PERSIST_SERIALIZATION" })
    })
  },
  ["mariadb"],
)
