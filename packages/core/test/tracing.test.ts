import { channel, tracingChannel } from "node:diagnostics_channel"
import { afterEach, describe, expect, test } from "vitest"
import type { RecoveryMessage, StorageTrace } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

const unsubscribe: (() => void)[] = []
afterEach(() => {
  for (const end of unsubscribe.splice(0)) end()
})

/** Everything that a channel says, as short lines. */
function listen(operation: string): string[] {
  const lines: string[] = []
  const tracing = tracingChannel<StorageTrace & { error?: unknown }>(`persist:storage:${operation}`)
  const line = (event: string) => (message: StorageTrace & { error?: unknown }) => {
    const code = (message.error as { code?: string } | undefined)?.code
    lines.push([event, message.storage, message.key, ...(code ? [code] : [])].join(" "))
  }
  const handlers = {
    start: line("start"),
    end: line("end"),
    asyncStart: line("asyncStart"),
    asyncEnd: line("asyncEnd"),
    error: line("error"),
  }
  tracing.subscribe(handlers)
  unsubscribe.push(() => void tracing.unsubscribe(handlers))
  return lines
}

describe("persist:storage:*", () => {
  test("tells of an operation's begin and end", async () => {
    const storage = new MemoryStorage()
    for (const [operation, work] of [
      ["save", () => storage.save("key", 1, { subfolder: "folder" })],
      ["load", () => storage.load("folder/key")],
      ["update", () => storage.update("folder/key", () => 2)],
      ["exists", () => storage.exists("folder/key")],
      ["stat", () => storage.stat("folder/key")],
      ["versions", () => storage.versions("folder/key")],
      ["backups", () => storage.backups("folder/key")],
      ["delete", () => storage.delete("folder/key")],
    ] as const) {
      const lines = listen(operation)
      await work()
      const events = ["start", "end", "asyncStart", "asyncEnd"]
      expect(lines).toEqual(events.map((event) => `${event} MemoryStorage folder/key`))
    }
  })

  test("tells of the synchronous twins on the same channels", () => {
    const storage = new MemoryStorage()
    const [saves, loads] = [listen("save"), listen("load")]
    storage.saveSync("key", 1)
    storage.loadSync("key")
    const events = ["start MemoryStorage key", "end MemoryStorage key"]
    expect([saves, loads]).toEqual([events, events])
  })

  test("tells of failures, those of the serializer too", async () => {
    const storage = new MemoryStorage()
    const lines = listen("save")
    await expect(storage.save("key", 1n)).rejects.toThrow("$")
    await expect(storage.save("key", 1, { ifRevision: "none" })).rejects.toThrow("another writer")
    const errors = lines.filter((line) => line.startsWith("error"))
    expect(errors).toEqual([
      "error MemoryStorage key ERR_PERSIST_ENCODE",
      "error MemoryStorage key ERR_PERSIST_CONFLICT",
    ])
  })

  test("lets a subscriber use and close the storage that it hears of", async () => {
    const storage = new MemoryStorage()
    let closing: Promise<void> | undefined
    let inner: Promise<unknown> | undefined
    const start = () => {
      inner ??= storage.load("other", { default: "inner" })
      closing ??= storage.close()
    }
    const tracing = tracingChannel<StorageTrace>("persist:storage:save")
    tracing.start.subscribe(start)
    unsubscribe.push(() => void tracing.start.unsubscribe(start))
    await storage.save("key", 1)
    await closing
    expect(await inner).toBe("inner")
    expect(storage.disk.values.size).toBe(1)
  })

  test("tells of a recovery", async () => {
    const storage = new MemoryStorage()
    const messages: RecoveryMessage[] = []
    const listener = (message: unknown) => void messages.push(message as RecoveryMessage)
    const recovered = channel("persist:storage:recovered")
    recovered.subscribe(listener)
    unsubscribe.push(() => void recovered.unsubscribe(listener))
    const { version } = await storage.save("key", 1, { version: true })
    const stored = storage.disk.values.get("key")!
    storage.disk.values.set("key", { ...stored, bytes: Buffer.from("{") })
    expect(await storage.load("key")).toBe(1)
    expect(messages).toMatchObject([{ key: "key", from: version, kind: "version" }])
  })
})
