import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

const table = "create table pairs (id int primary key, value int)"
const two = "insert into pairs values (1, 10), (2, 20)"

describeEngines(
  "a session after a deadlock",
  ({ fresh }) => {
    test("is not read-only because the loser was, which had the connection before", () =>
      withDatabase(
        async () => ({ ...(await fresh()), connections: 2 }),
        async (database) => {
          await database.executeSql(`${table}; ${two}`)
          const hasRead = Promise.withResolvers<void>()
          const isBlocked = Promise.withResolvers<void>()
          const loser = database.getSession(
            async () => {
              await database.executeSql("select * from pairs where id = 1")
              hasRead.resolve()
              await isBlocked.promise
              await database.executeSql("select * from pairs where id = 2")
            },
            { isolationLevel: "serializable", readOnly: true },
          )
          const winner = database.getSession(async () => {
            await hasRead.promise
            await database.executeSql("insert into pairs values (3, 30), (4, 40)")
            await database.executeSql("update pairs set value = 21 where id = 2")
            const blocked = database.executeSql("update pairs set value = 11 where id = 1")
            // One that waits is rolled back by the other's request; one that asks later, by its own.
            isBlocked.resolve()
            await blocked
          })
          await expect(loser).rejects.toMatchObject({ code: "ERR_PERSIST_SERIALIZATION" })
          await winner

          const both = Promise.withResolvers<void>()
          let open = 0
          const writing = (id: number) =>
            database.getSession(async () => {
              if (++open === 2) both.resolve()
              await both.promise
              await database.executeSql("update pairs set value = 0 where id = ?", [id])
            })
          await Promise.all([writing(1), writing(2)])
        },
      ))
  },
  ["mariadb"],
)
