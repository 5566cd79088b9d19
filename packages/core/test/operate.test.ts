import { tracingChannel } from "node:diagnostics_channel"
import { describe, expect, test } from "vitest"
import { MemoryStorage } from "./support/memory-storage.ts"

/** A backend with an operation of its own: how long a value is. */
class Measuring extends MemoryStorage {
  lengthOf(key: string, options: { subfolder?: string; signal?: AbortSignal } = {}) {
    return this.operate("load", { key, ...options }, async (name) => {
      const stored = await this._read(name)
      if (stored === undefined) throw Object.assign(new Error("nothing there"), { code: "ENOENT" })
      return stored.bytes.length
    })
  }

  /** Saves bytes under a format without a serializer. */
  saveRaw(key: string, bytes: Uint8Array) {
    return this.operate("save", { key }, (name) =>
      this._write(name, bytes, this.writeRequest(".raw", { version: true, backup: true })),
    )
  }
}

describe("an operation that a backend adds", () => {
  test("gets whole keys, and is traced", async () => {
    const storage = new Measuring()
    await storage.save("key", "four", { subfolder: "folder" })
    const keys: string[] = []
    const listen = (message: unknown) => keys.push((message as { key: string }).key)
    const { asyncEnd } = tracingChannel("persist:storage:load")
    asyncEnd.subscribe(listen)
    expect(await storage.lengthOf("key", { subfolder: "folder" })).toBe(6)
    asyncEnd.unsubscribe(listen)
    expect(keys).toEqual(["folder/key"])
  })

  test("writes with ids of its own for history", async () => {
    const storage = new Measuring()
    await storage.saveRaw("key", Buffer.from("first"))
    const { version, backup } = await storage.saveRaw("key", Buffer.from("second"))
    expect((await storage.versions("key")).at(-1)?.id).toBe(version)
    expect((await storage.backups("key")).map(({ id }) => id)).toEqual([backup])
  })

  test("refuses wrong keys, aborted signals and a closed storage, and names the key", async () => {
    const storage = new Measuring()
    await expect(storage.lengthOf("../key")).rejects.toThrow("not a valid key")
    const aborted = storage.lengthOf("key", { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    await expect(storage.lengthOf("key")).rejects.toMatchObject({
      ...{ code: "ERR_PERSIST_IO", key: "key" },
      cause: { code: "ENOENT" },
    })
    await storage.close()
    const closed = storage.lengthOf("key")
    await expect(closed).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("is waited for by close", async () => {
    const storage = new Measuring()
    await storage.save("key", 1)
    const events: string[] = []
    const measuring = storage.lengthOf("key").then(() => events.push("measured"))
    await storage.close().then(() => events.push("closed"))
    await measuring
    expect(events).toEqual(["measured", "closed"])
  })
})
