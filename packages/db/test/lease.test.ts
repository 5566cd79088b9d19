import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Lease } from "@persist/core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"
import { addTogether } from "../torture/together.ts"
import { describeEngines, openFresh } from "./support/engines.ts"

interface Row {
  readonly expires_at: number | bigint
}

const program = join(import.meta.dirname, "programs/lease-worker.ts")

describeEngines("DatabaseStorage.withLease", (engine) => {
  if (!engine.isShared) {
    test("is covered by the conformance of leases", () => {
      expect(["memory", "pglite"]).toContain(engine.name)
    })
    return
  }
  let options: DatabaseOptions
  let database: DatabaseStorage
  beforeEach(async () => {
    ;({ options, database } = await openFresh(engine))
  })
  afterEach(() => database?.close())

  test("lets one in at a time, with tokens that rise for each name", async () => {
    const tokens: number[] = []
    let inside = 0
    const work = async ({ token }: Lease) => {
      expect(++inside).toBe(1)
      tokens.push(token)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    }
    await Promise.all([1, 2, 3].map(() => database.withLease("jobs/ä", work)))
    expect(tokens).toEqual([1, 2, 3])
    expect(await database.withLease("other", ({ token }) => token)).toBe(1)
  })

  if (engine.name !== "sqlite") {
    test("fails at once where the server lets us in no database of that name", async () => {
      const url = new URL(options.connection!)
      url.pathname = "/nowhere"
      await using elsewhere = new DatabaseStorage({ ...options, connection: url.href })
      const asked = elsewhere.withLease("a", () => {}, { timeout: "5m" })
      await expect(asked).rejects.toMatchObject({ code: "ERR_PERSIST_CONNECTION" })
    })
  }

  test("names the holder to who waits in vain, and gives an expired one away", async () => {
    await database.withLease("a", async (mine) => {
      const waiting = database.withLease("a", () => {}, { timeout: 0 })
      await expect(waiting).rejects.toMatchObject({
        code: "ERR_PERSIST_TIMEOUT",
        message: expect.stringContaining(`process ${process.pid} on`),
      })
      await database.executeSql("update persist_leases set expires_at = 1")
      const next = await database.withLease("a", ({ token }) => token)
      expect(next).toBe(mine.token + 1)
    })
    // The first one's release came after the next one's: nothing of it is undone.
    expect(await database.withLease("a", ({ token }) => token)).toBe(3)
  })

  test("renews, and tells its holder when somebody else has it", async () => {
    const expiry = async () =>
      (await database.executeSql<Row>("select expires_at from persist_leases")).rows[0]!.expires_at
    const { promise: aborted, resolve } = Promise.withResolvers<unknown>()
    const running = database.withLease(
      "a",
      async ({ signal }) => {
        signal.addEventListener("abort", () => resolve(signal.reason))
        const first = await expiry()
        while ((await expiry()) === first) await new Promise((later) => setTimeout(later, 10))
        expect(signal.aborted).toBe(false)
        await database.executeSql("update persist_leases set expires_at = 1")
        await aborted
      },
      { ttl: "3s" },
    )
    await expect(running).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
    expect(await aborted).toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
  })

  test("is refused inside a session, which would hide it", async () => {
    const inside = database.getSession(() => database.withLease("a", () => {}))
    await expect(inside).rejects.toMatchObject({ code: "ERR_PERSIST_SESSION" })
  })

  test("keeps processes apart", async () => {
    await addTogether(options, "count", 2, 6)
  })

  test("a holder that was stopped cannot overwrite its successor", async () => {
    const storage = database.storage("guarded")
    const args = [program, JSON.stringify(options), "stall"]
    const worker = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] })
    const lines = createInterface({ input: worker.stdout! })[Symbol.asyncIterator]()
    const said = async () => (await lines.next()).value as string
    try {
      const token = Number(await said())
      worker.kill("SIGSTOP")
      await database.withLease("guarded", async (lease) => {
        expect(lease.token).toBe(token + 1)
        await storage.save("value", "mine", { fence: lease.token })
        worker.kill("SIGCONT")
        worker.stdin!.write("go\n")
        expect(await said()).toBe("ERR_PERSIST_FENCED true")
      })
      expect(await said()).toBe("ERR_PERSIST_LOCK_LOST")
      expect(await storage.load("value")).toBe("mine")
    } finally {
      worker.kill("SIGKILL")
    }
  })

  // Twenty processes do it in the torture.
  test("update() loses nothing between processes", async () => {
    await addTogether(options, "update", 3, 15)
  })
})
