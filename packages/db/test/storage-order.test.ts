import { expect, test } from "vitest"
import { describeEngines, withDatabase } from "./support/engines.ts"

describeEngines("changes of one key that nobody waits for", ({ fresh, name }) => {
  test("leave what was called last, however long the others take", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      await states.save("a", "first")
      for (let round = 0; round < 3; round++) {
        // PGlite has one connection, and takes long for many bytes.
        const large = "x".repeat(name === "pglite" ? 1_000 : 2_000_000)
        await Promise.all([
          states.save("a", large, { version: true }),
          states.save("a", large),
          states.save("a", round),
        ])
        expect(await states.load("a")).toBe(round)
        const [, isDeleted] = await Promise.all([states.save("a", large), states.delete("a")])
        expect([isDeleted, await states.exists("a")]).toEqual([true, false])
      }
    }))

  test("leave what was called last where an earlier one also removes what has expired, in a session too", () =>
    withDatabase(fresh, async (database) => {
      const ttl = 3_600_000
      const check = async () => {
        // Each one is the first of its storage, which looks for what has expired.
        for (const earlier of ["save", "delete"] as const) {
          const states = database.storage("states")
          await states.save("a", 0)
          const first = earlier === "save" ? states.save("a", 1, { ttl }) : states.delete("a")
          await Promise.all([first, states.save("a", 2)])
          expect(await states.load("a")).toBe(2)
        }
      }
      await check()
      await database.getSession(check)
      const beside: Promise<unknown>[] = []
      const states = database.storage("states")
      await states.save("a", 0)
      await database.getSession(async () => {
        await states.save("b", 1)
        const changes = () => [states.delete("a"), states.save("a", 3)]
        beside.push(...database.outside(changes))
      })
      await Promise.all(beside)
      expect(await states.load("a")).toBe(3)
    }))

  test("go on after one that fails, and wait for no other key", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      await states.save("a", 1)
      const results = await Promise.allSettled([
        states.save("a", 2, { ifRevision: "another" }),
        states.save("a", 3),
        states.save("b", 4),
      ])
      expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"])
      expect([await states.load("a"), await states.load("b")]).toEqual([3, 4])
    }))

  test("do not keep a session waiting that changes the key, too", () =>
    withDatabase(fresh, async (database) => {
      const states = database.storage("states")
      await states.save("a", 1)
      let beside: Promise<unknown> | undefined
      await database.getSession(async () => {
        await states.save("a", 2)
        // It waits for the session.
        beside = database.outside(() => states.save("a", 4))
        await states.save("a", 3)
        expect(await states.load("a")).toBe(3)
      })
      await beside
      expect(await states.load("a")).toBe(4)
    }))
})

describeEngines(
  "a change of a key that is aborted while it waits for another one",
  ({ fresh }) => {
    test("does nothing any more, and those behind it go on", () =>
      withDatabase(fresh, async (database) => {
        const states = database.storage("states")
        await states.save("a", 1)
        const controller = new AbortController()
        const first = states.save("a", "x".repeat(2_000_000))
        const aborted = states.save("a", 2, { signal: controller.signal, version: true })
        const last = states.save("a", 3)
        controller.abort()
        await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
        await Promise.all([first, last])
        expect([await states.load("a"), await states.versions("a")]).toEqual([3, []])
      }))

    test("ends its wait at once, and those behind it wait on for the one before", () =>
      withDatabase(fresh, async (database) => {
        const states = database.storage("states")
        await states.save("a", 1)
        const controller = new AbortController()
        const { signal } = controller
        const changes = await database.getSession(async () => {
          await states.save("a", 2)
          const [first, aborted, last] = database.outside(() => [
            states.save("a", "x".repeat(1_000)),
            states.delete("a", { signal }),
            states.save("a", 3, { version: true }),
          ])
          controller.abort()
          // The first one waits until this session has ended.
          await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
          return [first, last]
        })
        await Promise.all(changes)
        expect([await states.load("a"), (await states.versions("a")).length]).toEqual([3, 1])
      }))
  },
  ["pglite", "postgres", "mariadb"],
)
