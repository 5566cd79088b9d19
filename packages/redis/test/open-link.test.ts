import type { LookupFunction } from "node:net"
import { TcpProxy } from "@persist/core/conformance"
import { createClient } from "redis"
import { expect, test } from "vitest"
import { parseAddress } from "../src/connection/address.ts"
import { type Connect, connectLike } from "../src/connection/connect.ts"
import { openLink } from "../src/connection/open-link.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { startRedis } from "./support/redis-process.ts"
import { until } from "./support/until.ts"

describeRedis("a connection that takes too long to be made", () => {
  test("is not kept once it is there", async () => {
    await using server = await startRedis()
    await using proxy = await TcpProxy.start({ port: server.port })
    let find: (() => void) | undefined
    const lookup: LookupFunction = (_name, _options, found) => {
      find = () => found(null, [{ address: "127.0.0.1", family: 4 }])
    }
    const client = createClient({ socket: { host: "somewhere", port: proxy.port, lookup } })
    // The client itself would wait for longer, as it does while the server is slow to agree on encryption.
    const connect: Connect = (address) => connectLike(client)(address, 60_000)
    const times = { timeout: 10_000, silence: 5_000, connectTimeout: 50 }
    const address = parseAddress(`redis://127.0.0.1:${proxy.port}`)
    const opening = openLink(address, { ...times, connect, admit: () => {}, scripts: [] }, [])
    await expect(opening).rejects.toThrow("has not answered for 50 ms")
    find!()
    await until("it is there", () => proxy.accepted === 1)
    await until("it has gone", () => proxy.connections === 0)
  })
})
