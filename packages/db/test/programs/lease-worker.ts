import { once } from "node:events"
import { PersistError } from "@persist/core"
import { type DatabaseOptions, DatabaseStorage } from "../../src/index.ts"

// lease-worker.ts <options as JSON> <task> <count>: "count" adds to a value, each time under a lease;
// "stall" takes the lease, says its token, waits for a line and tries to write; "update" adds by update().
const [options, task, count] = process.argv.slice(2)
const database = new DatabaseStorage(JSON.parse(options!) as DatabaseOptions)
const storage = database.storage("guarded")

if (task === "update") {
  for (let index = 0; index < Number(count); index++) {
    await storage.update<number>("counter", (current) => (current ?? 0) + 1, { timeout: "120s" })
  }
} else if (task === "count") {
  for (let index = 0; index < Number(count); index++) {
    await database.withLease(
      "counter",
      async ({ token }) => {
        const current = (await storage.load<number>("counter")) ?? 0
        await new Promise((resolve) => setImmediate(resolve))
        await storage.save("counter", current + 1, { fence: token })
      },
      { timeout: "60s" },
    )
  }
} else {
  const outcome = await database
    .withLease(
      "guarded",
      async (lease) => {
        process.stdout.write(`${lease.token}\n`)
        await once(process.stdin, "data")
        const write = storage.save("value", "late", { fence: lease.token })
        const failure = await write.then(
          () => "written",
          (error: PersistError) => error.code,
        )
        process.stdout.write(`${failure} ${lease.signal.aborted}\n`)
      },
      { ttl: 500 },
    )
    .catch((error: unknown) => error)
  process.stdout.write(`${PersistError.is(outcome) ? outcome.code : outcome}\n`)
  process.stdin.destroy()
}
await database.close()
