import { tracingChannel } from "node:diagnostics_channel"
import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines(
  "care for a database",
  (engine) => {
    test("refreshes statistics and gives space back, of tables of any name, and not of views", () =>
      withDatabase(engine.fresh, async (database) => {
        const [quote, care] =
          engine.name === "mariadb"
            ? ["`", ["analyze table", "optimize table"]]
            : ['"', ["analyze", "vacuum"]]
        const names = ["plain", "Odd name"]
        for (const name of names) {
          await database.executeSql(`create table ${quote}${name}${quote} (n int)`)
        }
        await database.executeSql("create view seen as select n from plain")
        const texts: string[] = []
        const start = (message: unknown) => {
          const { text } = message as { text: string }
          if (/^(?:analyze|vacuum|optimize)/.test(text)) texts.push(text)
        }
        const channel = tracingChannel("persist:database:statement")
        channel.start.subscribe(start)
        // In a session, too: most of these refuse a transaction.
        await database.getSession(async () => {
          await database.optimize()
          await database.vacuum()
        })
        channel.start.unsubscribe(start)
        const all = (statement: string) =>
          engine.name === "mariadb"
            ? names.map((name) => `${statement} \`${name}\``).toSorted()
            : [statement]
        expect(texts.toSorted()).toEqual(care.flatMap((statement) => all(statement!)).toSorted())
      }))

    test("leaves to the server's own tools what is for files", () =>
      withDatabase(engine.fresh, async (database) => {
        const unsupported = { code: "ERR_PERSIST_UNSUPPORTED" }
        await expect(database.checkIntegrity()).rejects.toMatchObject(unsupported)
        await expect(database.backup("copy.db")).rejects.toMatchObject(unsupported)
        await expect(database.restore("copy.db")).rejects.toMatchObject(unsupported)
      }))
  },
  ["postgres", "mariadb"],
)
