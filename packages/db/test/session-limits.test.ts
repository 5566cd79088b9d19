import { setTimeout as delay } from "node:timers/promises"
import { PersistError } from "@persist/core"
import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

interface Schema {
  readonly notes: { text: string }
}

describeEngines("a session", ({ fresh, name }) => {
  const withNotes = (
    work: (database: DatabaseStorage<Schema>, texts: () => Promise<string[]>) => Promise<void>,
  ) =>
    withDatabase(fresh, async (given) => {
      const database = given as DatabaseStorage<Schema>
      await database.executeSql("create table notes (text varchar(20))")
      const texts = async () =>
        (await database.executeSql<{ text: string }>("select text from notes")).rows.map(
          ({ text }) => text,
        )
      await work(database, texts)
    })

  test("is not begun when its signal is aborted already, nested or not", () =>
    withNotes(async (database, texts) => {
      const refused = async () => {
        const add = () => database.executeSql("insert into notes values ('no')")
        const session = database.getSession(add, { signal: AbortSignal.abort() })
        await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      }
      await refused()
      await database.getSession(refused)
      expect(await texts()).toEqual([])
    }))

  test("lets nothing in behind its rollback, however fast it comes", () =>
    withNotes(async (database, texts) => {
      const controller = new AbortController()
      let last: unknown
      const session = database.getSession(
        async () => {
          await database.executeSql("insert into notes values ('first')")
          controller.abort()
          while (last === undefined) {
            await database.executeSql("insert into notes values ('late')").catch((error) => {
              last = error
            })
          }
        },
        { signal: controller.signal },
      )
      await expect(session).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
      while (last === undefined) await delay(1)
      expect(PersistError.is(last)).toBe(true)
      expect(await texts()).toEqual([])
    }))

  test("is run again as often as it was told, and only where that may help", () =>
    withNotes(async (database) => {
      const failures = [new PersistError("ERR_PERSIST_BUSY", "held"), new Error("no")]
      for (const [failure, times] of [
        [failures[0], 3],
        [failures[1], 1],
      ] as const) {
        let attempts = 0
        const work = () => {
          attempts++
          throw failure
        }
        await expect(database.getSession(work, { retries: 2 })).rejects.toBe(failure)
        expect(attempts).toBe(times)
      }
    }))

  test("is served by its object in one nested in it, which has no isolation of its own", () =>
    withNotes(async (database, texts) => {
      await database.getSession(async (outer) => {
        const undone = database.getSession(async () => {
          await outer.executeSql("insert into notes values ('undone')")
          throw new Error("no")
        })
        await expect(undone).rejects.toThrow("no")
        await outer.executeSql("insert into notes values ('kept')")
        const isolated = database.getSession(() => {}, { isolationLevel: "serializable" })
        await expect(isolated).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
      })
      expect(await texts()).toEqual(["kept"])
    }))

  if (name !== "memory" && name !== "pglite")
    test("is served by its object in another one, too", () =>
      withNotes(async (database, texts) => {
        await database.getSession(async (outer) => {
          const reading = () =>
            database.getSession(() => outer.executeSql("insert into notes values ('outer')"), {
              readOnly: true,
            })
          await database.outside(reading)
        })
        expect(await texts()).toEqual(["outer"])
      }))

  test("of Kysely's is rolled back by close too, which lets none begin any more", () =>
    withNotes(async (database) => {
      const isOpen = Promise.withResolvers<void>()
      const open = database.kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto("notes").values({ text: "gone" }).execute()
        isOpen.resolve()
        await new Promise(() => {})
      })
      await isOpen.promise
      const closed = { code: "ERR_PERSIST_CLOSED" }
      const isOver = expect(open).rejects.toMatchObject(closed)
      const closing = database.close()
      const late = database.kysely.transaction().execute(async () => expect.fail("too late"))
      await expect(late).rejects.toMatchObject(closed)
      const reading = async () => {
        for await (const _ of database.kysely.selectFrom("notes").selectAll().stream()) {
          expect.fail("too late")
        }
      }
      await expect(reading()).rejects.toMatchObject(closed)
      await isOver
      await closing
    }))
})

describeEngines(
  "a session that has ended",
  ({ fresh, name }) => {
    test("ends no statement of others when its signal is aborted, or its time would be up", async () => {
      await using database = new DatabaseStorage({ ...(await fresh()), connections: 1 })
      const controller = new AbortController()
      const { signal } = controller
      await database.getSession(() => {}, { signal, timeout: 100 })
      const sleep = name === "postgres" ? "pg_sleep(0.3)::text" : "sleep(0.3)"
      const slow = database.executeSql(`select ${sleep} as slept`)
      await delay(30)
      controller.abort()
      expect((await slow).rows).toEqual([{ slept: name === "postgres" ? "" : 0 }])
    })
  },
  ["postgres", "mariadb"],
)
