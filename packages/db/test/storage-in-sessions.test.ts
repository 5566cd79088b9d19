import { setTimeout as delay } from "node:timers/promises"
import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"
import { describeEngines, withDatabase } from "./support/engines.ts"

const increment = (value: unknown) => (value as number) + 1

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
