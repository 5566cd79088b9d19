import { leaseConformance } from "@persist/core/conformance"
import { afterAll, beforeAll, describe, test } from "vitest"
import { RedisLeases } from "../src/leases/redis-leases.ts"
import { connectionsFor, openStore } from "../src/open-store.ts"
import { readOptions } from "../src/options.ts"
import { scriptsFor } from "../src/scripts/scripts.ts"
import { describeRedis } from "./support/describe-redis.ts"
import { type RedisProcess, startRedis } from "./support/redis-process.ts"

describeRedis("Leases on one server", () => {
  let server: RedisProcess
  let count = 0
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  /** The leases of a prefix, without the storage around them. */
  async function leasesOf(prefix: string) {
    const settings = readOptions({ url: server.url, prefix })
    const scripts = scriptsFor(false)
    const connections = connectionsFor(settings, scripts)
    const store = await openStore(settings, connections, scripts, Date.now)
    return {
      store: new RedisLeases((work) => work(store)),
      close: async () => connections.topology.close(),
    }
  }

  leaseConformance(
    { describe: describe.concurrent, test },
    {
      name: "the leases of RedisStorage",
      async open() {
        const prefix = `l${++count}`
        const [one, other] = [await leasesOf(prefix), await leasesOf(prefix)]
        const close = async () => {
          await one.close()
          await other.close()
        }
        return { store: one.store, other: other.store, close }
      },
    },
  )
})
