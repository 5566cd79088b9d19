import { storageConformance } from "@persist/core/conformance"
import { afterAll, beforeAll, describe, test } from "vitest"
import { RedisStorage, type RedisStorageOptions } from "../src/index.ts"
import { ask } from "./support/ask.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"
import { serverClock } from "./support/server-clock.ts"

describeRedis("RedisStorage on one server", () => {
  let server: RedisProcess
  let count = 0
  const prefixes = new WeakMap<RedisStorage, string>()

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const open = (prefix: string, options: RedisStorageOptions) => {
    const storage = new RedisStorage({ url: server.url, prefix, ...options })
    prefixes.set(storage, prefix)
    return storage
  }

  storageConformance<RedisStorage>(
    { describe, test },
    {
      name: "RedisStorage",
      clock: serverClock,
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
