import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

// Node 22 follows no call through promises without slowing every one of the program: there nobody can tell.
const canTell = Number.parseInt(process.versions.node, 10) >= 24

function open(): FileStorage {
  return new FileStorage({ directory: join(temporaryFolder(), "data"), durability: "none" })
}

describe.runIf(canTell)("what waits for an update, called in its change", () => {
  test("is refused, and the storage goes on", async () => {
    const storage = open()
    const other = open()
    const waiters = [
      () => storage.close(),
      () => storage[Symbol.asyncDispose](),
      () => storage.flush(),
      () => other.update("b", () => storage.close()),
      async () => {
        await storage.load("b")
        await storage.close()
      },
    ]
    for (const wait of waiters) {
      await expect(storage.update("a", wait)).rejects.toMatchObject({
        code: "ERR_PERSIST_SESSION",
        key: "a",
      })
    }
    expect(await storage.exists("a")).toBe(false)
    await storage.update("a", () => 1)
    expect(await storage.load("a")).toBe(1)
    await Promise.all([storage.close(), other.close()])
  })

  test("is welcome to another storage, and to what the change began once it has ended", async () => {
    const storage = open()
    const other = open()
    const hasEnded = Promise.withResolvers<void>()
    let later: Promise<void> | undefined
    await storage.update("a", async () => {
      await other.flush()
      await other.close()
      later = hasEnded.promise.then(() => storage.close())
      return 1
    })
    hasEnded.resolve()
    await later
    await expect(storage.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })
})

test("close from elsewhere waits for the change of an update", async () => {
  const storage = open()
  const hasBegun = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  const updated = storage.update("a", async () => {
    hasBegun.resolve()
    await mayEnd.promise
    return 1
  })
  await hasBegun.promise
  const closed = storage.close()
  mayEnd.resolve()
  await closed
  expect(await updated).toBe(1)
})
