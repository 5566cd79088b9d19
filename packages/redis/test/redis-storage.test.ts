import { storageConformance, TcpProxy } from "@persist/core/conformance"
import { afterAll, beforeAll, describe, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { ask } from "./support/ask.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { serverClock } from "./support/server-clock.ts"

describeRedis("RedisStorage on one server", () => {
  let server: RedisProcess
  let proxy: TcpProxy
  let count = 0
  const prefixes = new WeakMap<RedisStorage, string>()

  beforeAll(async () => {
    server = await startRedis()
    proxy = await TcpProxy.start({ port: server.port })
  })
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await server?.stop()
  })

  const open = (prefix: string, options: RedisStorageOptions) => {
    const url = `redis://127.0.0.1:${proxy.port}`
    const storage = new RedisStorage({ url, prefix, timeout: "3s", ...options })
    prefixes.set(storage, prefix)
    return storage
  }

  // They wait for the server's clock more than for anything else; but there is one link to break.
  const describeTogether = (name: string, body: () => void) =>
    describe(name, { concurrent: name !== "faults" }, body)
  storageConformance<RedisStorage>(
    { describe: describeTogether, test },
    {
      name: "RedisStorage",
      clock: serverClock,
      faults: () => proxy,
      deadline: 9_000,
      open: (options) => open(`c${++count}`, options),
      reopen: (storage, options) => open(prefixes.get(storage)!, options),
      async damage(storage, key, bytes) {
        const record = `{${prefixes.get(storage)}:0}r:${key}`
        const head = String(await ask(server.port, ["GET", record])).split("\n")[0]
        await ask(server.port, ["SET", record, Buffer.concat([Buffer.from(`${head}\n`), bytes])])
      },
    },
  )
})
