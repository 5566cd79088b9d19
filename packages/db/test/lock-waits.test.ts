import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Duration } from "@persist/core"
import { expect, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"
import { describeEngines } from "./support/engines.ts"

const sessions = "tracing:persist:database:session:start"

describeEngines(
  "while another process holds the lock",
  ({ fresh }) => {
    /** Lends a database whose lock another one holds until `work` has ended. */
    const whileLocked = async (
      busyTimeout: Duration,
      work: (database: DatabaseStorage) => Promise<void>,
    ) => {
      const options: DatabaseOptions = await fresh()
      await using holder = new DatabaseStorage(options)
      await using database = new DatabaseStorage({ ...options, busyTimeout })
      await holder.executeSql("create table notes (text text)")
      await holder.storage("states").save("a", 1)
      await database.storage("states").load("a")
      await holder.getSession(() => work(database))
    }

    test("a storage waits once, and then says that it is busy", () =>
      whileLocked("50ms", async (database) => {
        const states = database.storage("states")
        const changes: (() => Promise<unknown>)[] = [
          () => states.save("a", 2, { version: true }),
          () => states.save("a", 2, { ifRevision: null }),
          () => states.delete("a"),
          () => states.update("a", () => 2),
        ]
        let attempts = 0
        const count = () => {
          attempts++
        }
        subscribe(sessions, count)
        for (const change of changes) {
          await expect(database.outside(change)).rejects.toMatchObject({
            code: "ERR_PERSIST_BUSY",
          })
        }
        unsubscribe(sessions, count)
        expect(attempts).toBe(changes.length)
        expect(await states.load("a")).toBe(1)
      }))

    test("a session's timeout and signal end its wait, a statement's signal and closing the database, too", () =>
      whileLocked("1h", async (database) => {
        const insert = () => database.executeSql("insert into notes values ('late')")
        await expect(database.getSession(insert, { timeout: "50ms" })).rejects.toMatchObject({
          code: "ERR_PERSIST_TIMEOUT",
        })
        const controller = new AbortController()
        const { signal } = controller
        const aborted = database.getSession(insert, { signal })
        controller.abort()
        await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
        const statement = new AbortController()
        const single = database.kysely
          .withTables<{ notes: { text: string } }>()
          .insertInto("notes")
          .values({ text: "late" })
          .execute({ signal: statement.signal })
        setImmediate(() => statement.abort())
        await expect(single).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
        const unlimited = database.getSession(insert)
        const refused = expect(unlimited).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
        await database.close()
        await refused
      }))
  },
  ["sqlite"],
)
