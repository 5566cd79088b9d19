import { tracingChannel } from "node:diagnostics_channel"
import { expect, onTestFinished, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import type { DatabaseTrace } from "../src/session/tracing.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

/** The texts of the statements that run from now on. */
function traced(): string[] {
  const texts: string[] = []
  const channel = tracingChannel<DatabaseTrace>("persist:database:statement")
  const handlers = {
    start: ({ text }: DatabaseTrace) => void texts.push(text),
    end() {},
    asyncStart() {},
    asyncEnd() {},
    error() {},
  }
  channel.subscribe(handlers)
  onTestFinished(() => void channel.unsubscribe(handlers))
  return texts
}

/** Milliseconds of processor time, the best of some runs. */
async function costOf(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let time = 0; time < 3; time++) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

test("parameters by name take time by their number, not by its square", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const run = (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `name_${index}`)
    const sql = `select 1 where 0 in (${names.map((name) => `:${name}`).join(", ")})`
    const parameters = Object.fromEntries(names.map((name) => [name, 0]))
    return costOf(() => database.executeSql(sql, parameters))
  }
  // Ten times as many took sixty times as long.
  expect((await run(30_000)) / (await run(3_000))).toBeLessThan(30)
})

describeEngines("TableStorage", ({ fresh, name }) => {
  test("looks at the history of a key only where something of it may go", () =>
    withDatabase(fresh, async (database) => {
      const texts = traced()
      const looksAt = async (save: () => Promise<unknown>) => {
        texts.length = 0
        await save()
        return texts.filter((text) => /^select id, kind.*history/.test(text)).length
      }
      const all = database.storage("all")
      await all.save("a", 0)
      expect(await looksAt(() => all.save("a", 1, { version: true }))).toBe(0)
      expect(await looksAt(() => all.save("a", 2, { backup: true }))).toBe(1)
      // Not at the versions, of which there may be very many.
      expect(texts.find((text) => text.startsWith("select id, kind"))).toContain("and kind =")
      const some = database.storage("some", { keep: 2 })
      await some.save("a", 0)
      expect(await looksAt(() => some.save("a", 1, { version: true }))).toBe(1)
      const young = database.storage("young", { maxAge: "1h" })
      expect(await looksAt(() => young.save("a", 1, { version: true }))).toBe(1)
    }))

  const isPostgres = name === "postgres" || name === "pglite"
  if (name === "mariadb")
    test("finds the keys of a folder by an index", () =>
      withDatabase(fresh, async (database) => {
        const states = database.storage("states")
        const texts = traced()
        await database.getSession(async () => {
          for (let n = 0; n < 300; n++) await states.save(`others/${n}`, n)
          await states.save("a/1", 1)
        })
        expect(await states.list({ subfolder: "a" })).toEqual(["1"])
        for await (const { key } of states.entries({ subfolder: "a" })) expect(key).toBe("1")
        for (const start of ["select name, expires_at", "select name_hash"]) {
          const text = texts.findLast((one) => one.startsWith(start))!
          const ends = [Buffer.from("a/"), Buffer.from("a0")]
          const { rows } = await database.executeSql<{ key: string }>(`explain ${text}`, ends)
          expect(rows[0]!.key).toBe("start")
        }
      }))
  else
    test("finds what has expired, and the keys of a folder in pages, by an index", () =>
      withDatabase(fresh, async (database) => {
        const states = database.storage("states")
        const texts = traced()
        // The first value that expires looks for those that have.
        await states.save("a/1", 1, { ttl: "1h" })
        await database.getSession(() =>
          Promise.all(Array.from({ length: 501 }, (_, n) => states.save(`a/${n}`, n))),
        )
        for await (const _ of states.entries({ subfolder: "a" }));
        const plans = await database.getSession(async () => {
          // Of a table that is small it would read everything.
          if (isPostgres) await database.executeSql("set local enable_seqscan = off")
          const plan = async (start: string) => {
            const text = texts.findLast((one) => one.startsWith(start))!
            const explain = isPostgres ? "explain" : "explain query plan"
            const count = text.match(/\$\d+|\?/g)!.length
            const values = Array.from({ length: count }, (_, index) =>
              start === "select" ? Buffer.from("a/") : index,
            )
            const { rows } = await database.executeSql(`${explain} ${text}`, values)
            return JSON.stringify(rows)
          }
          return { purge: await plan("delete"), page: await plan("select") }
        })
        expect(plans.purge).toContain("persist_states.expiry")
        expect(plans.page).toContain(isPostgres ? "persist_states.start" : "PRIMARY KEY (name>?")
        expect(plans.page).not.toMatch(/Sort|TEMP B-TREE/)
      }))

  test("tells entries of long names and of every folder, each once, over several pages", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      const long = "l".repeat(300)
      const folders = ["a", "a b", "a0", "ä", long, `${long}/${long}`, `${long}0`]
      const keys = folders.flatMap((folder) =>
        Array.from({ length: folder === "a" ? 1_001 : 3 }, (_, n) => `${folder}/${n}`),
      )
      await database.getSession(async () => {
        for (const key of keys) await states.save(key, 1)
      })
      for (const subfolder of [undefined, ...folders]) {
        const inside =
          subfolder === undefined ? keys : keys.filter((key) => key.startsWith(`${subfolder}/`))
        const names = inside
          .map((key) => (subfolder ? key.slice(subfolder.length + 1) : key))
          .sort()
        const options = subfolder === undefined ? {} : { subfolder }
        const told: string[] = []
        for await (const { key } of states.entries(options)) told.push(key)
        expect(told.sort()).toEqual(names)
        expect((await states.list(options)).sort()).toEqual(names)
      }
    }))
})
