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

describeEngines(
  "serializable sessions with retries",
  ({ fresh }) => {
    const serializable = { isolationLevel: "serializable", retries: 100 } as const

    test("lose nothing of what they read, add to and save", () =>
      withDatabase(fresh, async (database) => {
        const states = database.storage("states")
        await states.save("list", [])
        const add = (value: number) =>
          database.getSession(async () => {
            const list = (await states.load("list")) as number[]
            await states.save("list", [...list, value])
          }, serializable)
        const values = [1, 2, 3, 4, 5, 6]
        await Promise.all(values.map(add))
        expect(((await states.load("list")) as number[]).toSorted()).toEqual(values)
      }))

    test("keep what holds over several rows, of which each writes another", () =>
      withDatabase(fresh, async (database) => {
        await database.executeSql(`${table}; ${two}`)
        const emptied = (id: number) =>
          database.getSession(async () => {
            const { rows } = await database.executeSql<{ value: number }>("select value from pairs")
            if (rows.filter(({ value }) => value > 0).length < 2) return
            await database.executeSql("update pairs set value = 0 where id = ?", [id])
          }, serializable)
        for (let round = 0; round < 5; round++) {
          await database.executeSql("update pairs set value = 1")
          await Promise.all([emptied(1), emptied(2)])
          const { rows } = await database.executeSql("select id from pairs where value > 0")
          expect(rows).toHaveLength(1)
        }
      }))
  },
  ["sqlite", "postgres", "mariadb"],
)
