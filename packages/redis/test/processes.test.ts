import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { RedisStorage } from "../src/index.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { incrementTogether } from "./support/increment-together.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

const slowImport = fileURLToPath(new URL("./programs/slow-import.ts", import.meta.url))
const holder = fileURLToPath(new URL("./programs/lease-holder.ts", import.meta.url))

describeRedis("RedisStorage in many processes", () => {
  let server: RedisProcess
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test("loses no increment between five processes", async () => {
    expect(await incrementTogether(server.url, "count", 5, 40)).toBe(200)
  })

  test("counts no time against the server in which the client is being loaded", async () => {
    expect(await once(fork(slowImport, [server.url, "slow"]), "exit")).toEqual([0, null])
  })

  test("keeps out a lease holder that was stopped past its lease", async () => {
    const prefix = "lease"
    await using storage = new RedisStorage({ url: server.url, prefix })
    const child = fork(holder, [server.url, prefix])
    try {
      const { token: first } = await answer<{ token: number }>(child)
      child.kill("SIGSTOP")
      await storage.withLease("lease", async ({ token }) => {
        expect(token).toBeGreaterThan(first)
        await storage.save("key", "new holder", { fence: token })
        child.kill("SIGCONT")
        child.send("save")
        const told = await answer<{ outcome: string; isAborted: boolean }>(child)
        expect(told).toEqual({ outcome: "ERR_PERSIST_FENCED", isAborted: true })
      })
      expect(await storage.load("key")).toBe("new holder")
    } finally {
      child.kill("SIGKILL")
    }
  })
})

async function answer<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, "message")
  return message as T
}
