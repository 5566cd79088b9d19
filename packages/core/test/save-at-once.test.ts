import { tracingChannel } from "node:diagnostics_channel"
import { describe, expect, test } from "vitest"
import { type Entry, PersistError, saveAtOnce, type WriteRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** Writes at once while it is told to, and says how often it waited. */
class QuickStorage extends MemoryStorage {
  protected override readonly _writesLater: boolean = true
  isQuick = true
  hasRoom = true
  waited = 0
  requests: WriteRequest[] = []

  protected override _writeAtOnce(key: string, bytes: Uint8Array, request: WriteRequest) {
    if (!this.isQuick) return undefined
    if (!this.hasRoom) throw Object.assign(new Error("no room"), { code: "ENOSPC" })
    this.requests.push(request)
    return this._writeSync(key, bytes, request)
  }

  protected override _write(key: string, bytes: Uint8Array, request: WriteRequest): Promise<Entry> {
    this.waited++
    return super._write(key, bytes, request)
  }
}

const value = { subfolder: "folder", key: "a", bytes: Buffer.from("1"), format: ".json" }

describe("saveAtOnce", () => {
  test("saves the bytes before it returns, as save would", async () => {
    const storage = new QuickStorage()
    const first = saveAtOnce(storage, { ...value, ifRevision: null })!
    expect(first).toMatchObject({ key: "folder/a", size: 1, format: ".json" })
    expect(await storage.load("folder/a")).toBe(1)
    const { revision } = first
    const second = saveAtOnce(storage, { ...value, bytes: Buffer.from("2"), ifRevision: revision })
    expect(await storage.loadEntry("folder/a")).toMatchObject({
      value: 2,
      entry: { revision: second!.revision },
    })
    const late = () => saveAtOnce(storage, { ...value, ifRevision: revision })
    expect(late).toThrow(expect.objectContaining({ code: "ERR_PERSIST_CONFLICT" }))
    expect(storage.waited).toBe(0)
  })

  test("throws what save rejects with: wrong keys, a closed storage, errors of the system", async () => {
    const storage = new QuickStorage()
    const thrown = (change: object) => {
      try {
        saveAtOnce(storage, { ...value, ifRevision: null, ...change })
      } catch (error) {
        return PersistError.is(error) ? error.code : error
      }
    }
    expect(thrown({ key: "../a" })).toBe("ERR_PERSIST_INVALID_KEY")
    storage.hasRoom = false
    expect(thrown({})).toBe("ERR_PERSIST_IO")
    await storage.close()
    expect(thrown({})).toBe("ERR_PERSIST_CLOSED")
  })

  test("leaves to save what has to be waited for, what is traced, and whose save is another", async () => {
    const storage = new QuickStorage()
    const tried = (one = storage) => saveAtOnce(one, { ...value, ifRevision: null })
    storage.isQuick = false
    expect(tried()).toBeUndefined()
    storage.isQuick = true
    const channel = tracingChannel("persist:storage:save")
    const handlers = { error: () => {} }
    channel.subscribe(handlers as never)
    expect(tried()).toBeUndefined()
    channel.unsubscribe(handlers as never)
    class Other extends QuickStorage {
      override save(...given: Parameters<QuickStorage["save"]>) {
        return super.save(...given)
      }
    }
    expect(tried(new Other())).toBeUndefined()
    expect(saveAtOnce(new MemoryStorage(), { ...value, ifRevision: null })).toBeUndefined()
    expect(storage.requests).toEqual([])
    expect(tried()).toBeDefined()
  })
})

describe("save", () => {
  test("asks to write at once first, but with a signal or where it is traced", async () => {
    const storage = new QuickStorage()
    await storage.save("a", 1)
    expect([storage.requests.length, storage.waited]).toEqual([1, 0])
    await storage.save("a", 2, { signal: new AbortController().signal })
    expect([storage.requests.length, storage.waited]).toEqual([1, 1])
    const seen: unknown[] = []
    const channel = tracingChannel("persist:storage:save")
    const handlers = { asyncEnd: (message: object) => seen.push(message) }
    channel.subscribe(handlers as never)
    await storage.save("a", 3)
    channel.unsubscribe(handlers as never)
    expect(seen).toMatchObject([{ key: "a", storage: "QuickStorage" }])
    storage.isQuick = false
    await storage.save("a", 4)
    expect([storage.requests.length, storage.waited]).toEqual([1, 3])
    expect(await storage.load("a")).toBe(4)
  })

  test("rejects, and never throws, when writing at once fails", async () => {
    const storage = new QuickStorage()
    storage.hasRoom = false
    await expect(storage.save("a", 1)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      key: "a",
      message: expect.stringContaining('Cannot save "a": no room'),
    })
    await expect(storage.save("a", () => {})).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" })
    await expect(storage.save("", 1)).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_KEY" })
    await storage.close()
    await expect(storage.save("a", 1)).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })
})
