import { PersistError } from "@persist/core"
import { RedisStorage } from "../../src/index.ts"

// Takes a lease, tells its token, and saves under it when it is told to, whatever happened to the lease meanwhile.
const [url, prefix] = process.argv.slice(2)
const storage = new RedisStorage({ url: url!, prefix: prefix! })
await storage
  .withLease(
    "lease",
    async ({ token, signal }) => {
      process.send!({ token })
      await new Promise((resolve) => process.once("message", resolve))
      const outcome = await storage.save("key", "old holder", { fence: token }).then(
        () => "saved",
        (error) => (PersistError.is(error) ? error.code : String(error)),
      )
      process.send!({ outcome, isAborted: signal.aborted })
    },
    { ttl: 1000 },
  )
  .catch(() => {})
await storage.close()
process.disconnect()
