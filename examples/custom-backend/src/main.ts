import { PersistError } from "@persist/core"
import { MemoryArea } from "./memory-area.ts"
import { WebStorage } from "./web-storage.ts"

await using storage = new WebStorage(new MemoryArea())

// Everything but the four primitives comes from the base: formats, patterns, revisions, updates, errors.
const saved = await storage.save("ada", { level: 3 }, { subfolder: "players" })
console.log(`saved players/${saved.key}: ${saved.size} bytes, revision ${saved.revision}`)

const visit = (count: number) => count + 1
await Promise.all(
  Array.from({ length: 100 }, () => storage.update("visits", visit, { default: 0 })),
)
console.log(`100 updates at once: ${await storage.load("visits")} visits, none lost`)

await storage.save("ada", { level: 4 }, { subfolder: "players", ifRevision: saved.revision })
await attempt("a save over a revision that is gone", () =>
  storage.save("ada", { level: 5 }, { subfolder: "players", ifRevision: saved.revision }),
)
await attempt("a key that leaves the storage", () => storage.save("../secrets", 1))
await attempt("a version, which this backend has not", () =>
  storage.save("a", 1, { version: true }),
)

console.log(
  "players:",
  await storage.list({ pattern: "players/*" }),
  await storage.load("players/ada"),
)

async function attempt(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
    console.log(`${what}: went through?`)
  } catch (error) {
    if (!PersistError.is(error)) throw error
    console.log(`${what}: ${error.code} (${error.message})`)
  }
}
