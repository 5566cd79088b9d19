import { join } from "node:path"
import { expect, test } from "vitest"
import { parseAddress } from "../src/connection/address.ts"
import { connectTo } from "../src/connection/connect.ts"
import { openLink } from "../src/connection/open-link.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("a connection over a Unix socket", () => {
  test("is cut off before the next one is used, also with spaces in its path", async () => {
    await using server = await startRedis({ unixsocket: '"a b.sock"' })
    const address = parseAddress(`unix://${join(server.directory, "a%20b.sock")}`)
    const times = { timeout: 10_000, silence: 5_000, connectTimeout: 5_000 }
    const settings = { ...times, connect: connectTo, admit: () => {}, scripts: [] }
    const lost = await openLink(address, settings, [])
    const next = await openLink(address, settings, [lost])
    await until("the server has ended it", () => lost.end !== undefined)
    expect(lost.isOver).toBe(true)
    next.fail(new Error("It is no longer needed."))
  })
})
