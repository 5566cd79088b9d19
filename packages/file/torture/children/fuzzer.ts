import { writeSync } from "node:fs"
import { PersistError } from "@persist/core"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import { BytesSerializer, FileStorage } from "../../dist/index.js"

// fuzzer.ts <directory> <seed> <milliseconds>: does at random whatever a storage can, on few keys, for so long and until
// it has done a hundred things; expects no failure.
const [directory, seed, milliseconds] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const bytes = new BytesSerializer()
await using storage = new FileStorage({
  directory: directory!,
  durability: random() < 0.5 ? "none" : "full",
  keep: 3,
})
const keys = ["a", "b", "MyKey", "deep/er/c", "x".repeat(400), "deep/er"]
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
const value = () => ({ by: seed, at: random(), filler: "f".repeat(random() * 3000) })

const operations: readonly ((key: string) => Promise<unknown>)[] = [
  (key) => storage.save(key, value()),
  (key) => storage.save(key, value(), { version: random() < 0.5, backup: random() < 0.5 }),
  (key) => storage.save(key, Buffer.from("bytes"), { serializer: bytes }),
  (key) => storage.saveStream(key, ["some ", "bytes"], { backup: random() < 0.5 }),
  (key) => storage.update(key, () => value(), { version: random() < 0.3 }),
  async (key) => {
    const ifRevision = (await storage.stat(key))?.revision ?? null
    return storage.save(key, value(), { ifRevision })
  },
  async (key) => storage.saveSync(key, value(), { backup: random() < 0.5 }),
  (key) => storage.delete(key, { backup: random() < 0.5 }),
  (key) => storage.delete(key, { history: random() < 0.5 }),
  async (key) => {
    const [first] = await storage.versions(key)
    if (first) await storage.restore(key, first.id)
  },
  (key) => storage.load(key),
  (key) => storage.load(key),
  () => storage.list(),
]
const expected = ["ERR_PERSIST_CONFLICT", "ERR_PERSIST_NOT_FOUND"] as const
const end = performance.now() + Number(milliseconds)
let count = 0
const run = async () => {
  while (performance.now() < end || count < 100) {
    try {
      await pick(operations)(pick(keys))
    } catch (error) {
      if (!expected.some((code) => PersistError.is(error, code))) throw error
    }
    count++
  }
}
await Promise.all([run(), run(), run()])
writeSync(1, `${count}\n`)
