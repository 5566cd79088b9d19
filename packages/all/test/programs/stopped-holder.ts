import { PersistError } from "@persist/core"
import { DatabaseStorage } from "@persist/db"
import { openStorage } from "../../src/open-storage.ts"

// stopped-holder.ts <leases> <storage>: takes a lease, says its token, and writes under it only when it is lost: what a
// holder does who was stopped in the middle and does not look at the signal. Says what became of the write.
const [leases, target] = process.argv.slice(2)
await using database = new DatabaseStorage(leases!)
await using storage = openStorage(target!)
await storage.load("key")
// The timers of a lease hold no process.
const alive = setInterval(() => {}, 1_000)
const work = database.withLease(
  "job",
  async ({ token, signal }) => {
    const lost = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener("abort", () => resolve())
    })
    console.log(`holds ${token}`)
    await lost
    const outcome = await storage.save("key", "late", { fence: token }).then(
      () => "was let through",
      (error) => (PersistError.is(error) ? error.code : String(error)),
    )
    console.log(outcome)
  },
  { ttl: 1_500 },
)
await work.catch((error) => console.log(PersistError.is(error) ? error.code : String(error)))
clearInterval(alive)
