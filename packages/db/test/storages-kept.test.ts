import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import { DatabaseStorage } from "../src/index.ts"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

test("a storage that nobody uses any more takes no memory", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const use = async (times: number) => {
    for (let time = 0; time < times; time++) await database.storage("states").load("a")
    // A weak reference is kept until the turn of the event loop ends.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = await use(500)
  expect((await use(4000)) - before).toBeLessThan(4000 * 1000)
})

test("a storage that was watched takes no memory when nobody watches it any more", async () => {
  await using database = new DatabaseStorage("sqlite::memory:")
  const watched: WeakRef<object>[] = []
  const watch = async () => {
    const storage = database.storage("states")
    watched.push(new WeakRef(storage))
    const changes = storage.watch()[Symbol.asyncIterator]()
    const next = changes.next()
    await storage.save("a", watched.length)
    await next
    await changes.return?.()
  }
  for (let time = 0; time < 10; time++) await watch()
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  // The machinery may hold the last one for a moment.
  expect(watched.filter((storage) => storage.deref() !== undefined).length).toBeLessThan(3)
})

test("a storage that is only watched still ends with its database", async () => {
  const database = new DatabaseStorage("sqlite::memory:")
  const changes = database.storage("states").watch()[Symbol.asyncIterator]()
  const next = changes.next()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  await database.close()
  expect((await next).done).toBe(true)
})
