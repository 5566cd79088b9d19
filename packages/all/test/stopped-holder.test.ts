import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { DatabaseStorage, openStorage } from "../src/index.ts"
import { type EngineName, Engines } from "./support/servers.ts"

const program = fileURLToPath(new URL("programs/stopped-holder.ts", import.meta.url))
const engines = new Engines()
afterAll(() => engines.stop())

const names: readonly EngineName[] = ["file", "sqlite", "postgres", "redis"]

describe.each(names)("a lease holder who is stopped past its lease, over %s", (name) => {
  test("cannot write over the next holder", async (context) => {
    const target = await engines.fresh(name)
    const leases = (await engines.fresh("sqlite"))!
    if (target === undefined) {
      console.warn(`NOT TESTED: a stopped lease holder over ${name}. Its server is missing.`)
      expect(process.env.CI, "a server is missing").toBeUndefined()
      return context.skip()
    }
    await using database = new DatabaseStorage(leases)
    await using storage = openStorage(target)
    await storage.save("key", "first")

    const child = spawn(process.execPath, [program, leases, target], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      expect((await lines.next()).value).toBe("holds 1")
      child.kill("SIGSTOP")
      const token = await database.withLease("job", async (lease) => {
        await storage.save("key", "next", { fence: lease.token })
        return lease.token
      })
      expect(token).toBe(2)
      child.kill("SIGCONT")
      expect((await lines.next()).value).toBe("ERR_PERSIST_FENCED")
      expect((await lines.next()).value).toBe("ERR_PERSIST_LOCK_LOST")
      expect(await storage.load("key")).toBe("next")
    } finally {
      child.kill("SIGKILL")
    }
  })
})
