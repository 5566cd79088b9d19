import { describe, expect, test } from "vitest"
import type { Entry, ScanRequest, StoredValue, WriteRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** Writes down which primitives run, and notices one that runs during or after `_close`. */
class Watched extends MemoryStorage {
  readonly events: string[] = []
  #closing = false

  #note(event: string): void {
    this.events.push(this.#closing ? `${event} after close` : event)
  }

  protected override async _read(key: string): Promise<StoredValue | undefined> {
    this.#note("read begins")
    const stored = await super._read(key)
    this.#note("read ends")
    return stored
  }

  protected override async _write(
    key: string,
    bytes: Uint8Array,
    request: WriteRequest,
  ): Promise<Entry> {
    this.#note("write begins")
    const entry = await super._write(key, bytes, request)
    this.#note("write ends")
    return entry
  }

  protected override async *_entries(request: ScanRequest): AsyncIterable<Entry> {
    this.#note("entries begins")
    try {
      yield* super._entries(request)
    } finally {
      this.#note("entries ends")
    }
  }

  protected override async _close(): Promise<void> {
    this.events.push("close")
    this.#closing = true
  }
}

describe("close", () => {
  test("releases once, after the last running operation", async () => {
    const storage = new Watched()
    const running = [storage.save("a", 1), storage.load("b"), storage.update("c", () => 1)]
    await Promise.all([...running, storage.close(), storage.close()])
    await storage.close()
    expect(storage.events.filter((event) => event === "close")).toHaveLength(1)
    expect(storage.events.at(-1)).toBe("close")
  })

  test("ends a listing between two steps before it releases", async () => {
    const storage = new Watched()
    for (const key of ["a", "b", "c"]) await storage.save(key, 1)
    const entries = storage.entries()
    await entries.next()
    await storage.close()
    expect(storage.events.slice(-2)).toEqual(["entries ends", "close"])
    await expect(entries.next()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("ends a listing in the middle of a step before it releases", async () => {
    const storage = new Watched()
    for (const key of ["a", "b", "c"]) await storage.save(key, 1)
    const entries = storage.entries()
    const step = entries.next()
    await storage.close()
    expect((await step).value?.key).toBe("a")
    expect(storage.events.slice(-2)).toEqual(["entries ends", "close"])
  })

  test("waits for what runs after a listing has come to its end, too", async () => {
    const storage = new Watched()
    for (const key of ["a", "b"]) await storage.save(key, 1)
    for await (const entry of storage.entries()) expect(entry.format).toBe(".json")
    storage.events.length = 0
    const loaded = storage.load("a")
    await Promise.all([storage.close(), loaded])
    expect(storage.events).toEqual(["read begins", "read ends", "close"])
  })

  test("ends watches that nobody iterates, and leaves no follower behind", async () => {
    const storage = new MemoryStorage()
    const controller = new AbortController()
    storage.watch()
    storage.watch({ signal: controller.signal })
    const left = storage.watch()[Symbol.asyncIterator]()
    await storage.save("key", 1)
    await left.next()
    await left.return?.()
    expect(storage.disk.changes.followers).toBe(2)
    controller.abort()
    await storage.save("key", 2)
    expect(storage.disk.changes.followers).toBe(1)
    await storage.close()
    expect(storage.disk.changes.followers).toBe(0)
  })

  test("releases although a listing fails as it ends", async () => {
    class Stubborn extends Watched {
      protected override async *_entries(request: ScanRequest): AsyncIterable<Entry> {
        try {
          yield* super._entries(request)
        } finally {
          await Promise.reject(new Error("cannot end"))
        }
      }
    }
    const storage = new Stubborn()
    await storage.save("a", 1)
    const entries = storage.entries()
    await entries.next()
    await storage.close()
    expect(storage.events.at(-1)).toBe("close")
  })

  test("is seen by whoever hears of it first", async () => {
    let heard: Promise<unknown> | undefined
    class Hearing extends MemoryStorage {
      protected override _watch(request: ScanRequest) {
        request.signal?.addEventListener("abort", () => {
          heard = this.load("key").catch((error: unknown) => error)
        })
        return super._watch(request)
      }
    }
    const storage = new Hearing()
    storage.watch()
    await storage.close()
    expect(await heard).toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("fails for every caller when the release fails", async () => {
    class Failing extends MemoryStorage {
      protected override async _close(): Promise<void> {
        throw Object.assign(new Error("stuck"), { code: "EIO" })
      }
    }
    const storage = new Failing()
    const failed = { code: "ERR_PERSIST_IO" }
    await expect(storage.close()).rejects.toMatchObject(failed)
    await expect(storage.close()).rejects.toMatchObject(failed)
    await expect(storage[Symbol.asyncDispose]()).rejects.toMatchObject(failed)
    await expect(storage.load("key")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })
})
