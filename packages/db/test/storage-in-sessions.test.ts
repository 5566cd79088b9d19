import { setTimeout as delay } from "node:timers/promises"
import { CompiledQuery } from "kysely"
import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

const select = CompiledQuery.raw("select 1")
const increment = (value: unknown) => (value as number) + 1

describeEngines("DatabaseStorage.close", ({ fresh }) => {
  test("waits for what its storages do, and for nothing else", () =>
    withDatabase(fresh, async (database, options) => {
      const states = database.storage("states")
      await states.save("n", 0)
      const changing = Promise.withResolvers<void>()
      const closing = Promise.withResolvers<void>()
      const updating = states.update("n", async (n) => {
        changing.resolve()
        await closing.promise
        return increment(n)
      })
      await changing.promise
      const inSession = Promise.withResolvers<void>()
      const rolledBack = database.getSession(async () => {
        await states.save("other", 1)
        inSession.resolve()
        await new Promise(() => {})
      })
      const endsIt = expect(rolledBack).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
      await inSession.promise
      const closed = database.close()
      for (const late of [() => states.load("n"), () => database.kysely.executeQuery(select)]) {
        await expect(late()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
      }
      closing.resolve()
      expect(await updating).toBe(1)
      await closed
      await endsIt
      if (options.connection === "sqlite::memory:") return
      await using later = new DatabaseStorage(options)
      expect(await later.storage("states").load("n")).toBe(1)
      expect(await later.storage("states").exists("other")).toBe(false)
    }))
})

describeEngines("a storage that is first used in a session which has read", ({ fresh }) => {
  test("has its tables made, or the session can be run again", () =>
    withDatabase(fresh, async (database) => {
      const seen = await database.createTable("seen", { at: { type: "integer" } })
      const states = database.storage("states")
      const runs: number[] = []
      const work = async () => {
        runs.push(await seen.count())
        await seen.insert({ at: runs.length })
        await states.save("n", runs.length, { version: true })
      }
      await database.getSession(work, { retries: 1 })
      // On MariaDB a snapshot knows no table that was made later.
      expect(runs.length).toBeLessThanOrEqual(2)
      expect(runs.every((before) => before === 0)).toBe(true)
      expect([await seen.count(), await states.load("n")]).toEqual([1, runs.length])
    }))
})

describeEngines("close in the change of an update", ({ fresh }) => {
  test("is refused, as it would wait for that update, and what it was called on goes on", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      const others = database.storage("others")
      const closers = [
        () => states.close(),
        () => states[Symbol.asyncDispose](),
        () => database.close(),
        () => database.outside(() => database.close()),
        () => others.update("b", () => states.close()),
      ]
      const refused = { code: "ERR_PERSIST_SESSION", key: "a" }
      for (const close of closers) {
        const update = () => states.update("a", close)
        await expect(update()).rejects.toMatchObject(refused)
        await expect(database.getSession(update)).rejects.toMatchObject(refused)
      }
      expect(await states.exists("a")).toBe(false)
      await database.getSession(() => states.save("a", 1))
      expect(await states.load("a")).toBe(1)
    }))

  test("closes another storage, and what the change began may close when it has ended", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      const hasEnded = Promise.withResolvers<void>()
      let later: Promise<void> | undefined
      await states.update("a", async () => {
        await database.storage("others").close()
        later = hasEnded.promise.then(() => database.close())
        return 1
      })
      hasEnded.resolve()
      await later
      await expect(states.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    }))
})

describeEngines("TableStorage.update in a session", ({ fresh, isShared }) => {
  test("does not wait for one outside that waits for the session", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      await states.save("n", 0)
      let outside: Promise<unknown> | undefined
      await database.getSession(async () => {
        await states.update("n", increment)
        outside = database.outside(() => states.update("n", increment))
        await delay(50)
        await states.update("n", increment)
      })
      expect(await outside).toBe(3)
      expect(await states.load("n")).toBe(3)
    }))

  test("makes a value that is not there", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      await database.getSession(() => states.update("n", increment, { default: 0 }))
      expect(await states.load("n")).toBe(1)
      const failing = database.getSession(async () => {
        await states.update("n", increment)
        await states.update("n", () => Promise.reject(new Error("mine")))
      })
      await expect(failing).rejects.toThrow("mine")
      expect(await states.load("n")).toBe(1)
    }))

  test("loses nothing of those at once in one session", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      const add = () => states.update("n", increment, { default: 0 })
      await database.getSession(async () => {
        await Promise.all(Array.from({ length: 8 }, add))
        await database.getSession(() => Promise.all([add(), add()]))
        const undone = database.getSession(async () => {
          await add()
          throw new Error("no")
        })
        await expect(undone).rejects.toThrow("no")
      })
      expect(await states.load("n")).toBe(10)
    }))

  if (isShared)
    test("changes what is there now, not what the session has seen before", () =>
      withDatabase(fresh, async (database, options) => {
        const states = database.storage("states")
        await states.save("n", 0)
        await using other = new DatabaseStorage(options)
        const both = [database, other].flatMap((one) =>
          Array.from({ length: 6 }, () =>
            one.getSession(
              async () => {
                await one.storage("states").load("n")
                await one.storage("states").update("n", increment)
              },
              { retries: 50 },
            ),
          ),
        )
        await Promise.all(both)
        expect(await states.load("n")).toBe(12)
      }))
})
