// Begins one kind of change at every depth near the end of the stack, on a storage of its own each time, and uses that
// storage as usual afterwards. Prints how many changes failed and how many did not.
import { nearTheEnd } from "../../../../.ci/near-the-end.ts"
import { FileStorage } from "../../src/index.ts"

const [directory, change] = process.argv.slice(2) as [string, keyof typeof changes]

const changes = {
  save: (storage: FileStorage, _signal: AbortSignal) => storage.save("key", 1),
  abort: (storage: FileStorage, signal: AbortSignal) => storage.save("key", 1, { signal }),
  delete: (storage: FileStorage) => storage.delete("key"),
}

const outcomes = { failed: 0, done: 0 }

async function tryAt(frames: number): Promise<void> {
  await using storage = new FileStorage({ directory, durability: "none" })
  // Saves that meet each other: after them none is done before its call returns.
  await Promise.all([storage.save("key", 0), storage.save("other", 0)])
  const aborting = new AbortController()
  const begun = nearTheEnd(frames, () => changes[change](storage, aborting.signal))
  const outcome = await Promise.resolve(begun).catch((error: unknown) => error)
  // Nobody waits for what failed, nor hears of it.
  aborting.abort()
  outcomes[outcome instanceof Error ? "failed" : "done"]++
  await storage.save("key", frames)
  const value = await storage.load("key")
  if (value !== frames) throw new Error(`${value} was loaded after ${frames} had been saved`)
}

// To compile a function needs more stack than to call all of them.
for (let count = 0; count < 3; count++) await tryAt(2_000)
for (let frames = 90; frames > 0; frames--) await tryAt(frames)
console.log(JSON.stringify(outcomes))
