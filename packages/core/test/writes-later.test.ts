import { tracingChannel } from "node:diagnostics_channel"
import { beforeAll, describe, expect, test } from "vitest"
import { JsonSerializer, type WriteRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** A backend that may begin to write what is not checked to its end. */
class Later extends MemoryStorage {
  protected override readonly _writesLater = true
  readonly requests: WriteRequest[] = []

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest) {
    this.requests.push(request)
    return super._write(key, bytes, request)
  }
}

/** More than is encoded into memory that is used again. */
function large(): Record<string | symbol, unknown> {
  return { rows: Array.from({ length: 2_000 }, (_, index) => ({ index, text: "0123456789" })) }
}

function spoilt() {
  return { ...large(), [Symbol("hidden")]: 1 }
}

async function warm(): Promise<Later> {
  const storage = new Later()
  for (let round = 0; round < 2; round++) await storage.save("key", large())
  storage.requests.length = 0
  return storage
}

beforeAll(() => {
  new JsonSerializer().encode("x".repeat(2 ** 23))
})

describe("a storage that writes later", () => {
  test("is given a large value before it is searched, and a signal that stops it", async () => {
    await using storage = await warm()
    const refused = storage.save("key", spoilt(), { subfolder: "s" })
    await expect(refused).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", key: "s/key" })
    expect(storage.requests.map(({ signal }) => signal?.aborted)).toEqual([true])
    expect(await storage.list()).toEqual(["key"])
  })

  test("tells who listens of each save, what cannot be encoded too", async () => {
    await using storage = await warm()
    const told: unknown[] = []
    const tracing = tracingChannel<object>("persist:storage:save")
    const listener = {
      start: () => void told.push("start"),
      end: () => {},
      asyncStart: () => {},
      asyncEnd: () => {},
      error: ({ error }: { error: unknown }) => void told.push((error as Error).name),
    }
    tracing.subscribe(listener)
    const refused = [storage.save("key", 1n), storage.save("key", spoilt())]
    const outcomes = await Promise.allSettled([...refused, storage.save("key", large())])
    tracing.unsubscribe(listener)
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"])
    expect(told.toSorted()).toEqual(["PersistError", "PersistError", "start", "start", "start"])
    expect(storage.requests.map(({ signal }) => signal?.aborted)).toEqual([true, false])
  })

  test("answers with the entry of what it wrote ahead", async () => {
    await using storage = await warm()
    const saved = await storage.save("key", large(), { subfolder: "s" })
    expect(storage.requests.map(({ signal }) => signal?.aborted)).toEqual([false])
    expect(saved).toEqual({ ...(await storage.stat("s/key")), key: "key" })
  })

  test("is given nothing of it where the caller has a signal, which goes to the write", async () => {
    await using storage = await warm()
    const { signal } = new AbortController()
    await expect(storage.save("key", spoilt(), { signal })).rejects.toMatchObject({
      code: "ERR_PERSIST_ENCODE",
      key: "key",
    })
    expect(storage.requests).toEqual([])
    await storage.save("key", large(), { signal })
    expect(storage.requests.map((request) => request.signal)).toEqual([signal])
  })

  test("is given nothing of what a getter of the value throws at", async () => {
    await using storage = await warm()
    const value = Object.defineProperty(large(), "last", {
      enumerable: true,
      get() {
        throw new Error("not now")
      },
    })
    await expect(storage.save("key", value)).rejects.toMatchObject({
      code: "ERR_PERSIST_ENCODE",
      key: "key",
    })
    expect(storage.requests).toEqual([])
  })
})
