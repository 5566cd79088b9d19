import { describe, expect, test } from "vitest"
import { JsonSerializer, PersistError, Serializer } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

const damaged = Buffer.from("{")

function damage(storage: MemoryStorage, key: string): void {
  storage.disk.values.set(key, { ...storage.disk.values.get(key)!, bytes: damaged })
}

describe("recovery", () => {
  test("sets the damaged bytes aside before it mends", async () => {
    const storage = new MemoryStorage()
    await storage.save("key", 1, { version: true })
    damage(storage, "key")
    await storage.load("key")
    expect(storage.disk.damaged.map(({ bytes }) => Buffer.from(bytes))).toEqual([damaged])
  })

  test.each([
    new RangeError("Array buffer allocation failed"),
    new PersistError("ERR_PERSIST_DECODE", "Not text.", {
      cause: new RangeError("Maximum call stack size exceeded"),
    }),
  ])("takes no want of memory or stack for damage, %#", async (thrown) => {
    let isExhausted = true
    class Heavy extends JsonSerializer {
      override decode(bytes: Uint8Array): unknown {
        if (isExhausted) throw thrown
        return super.decode(bytes)
      }
    }
    const storage = new MemoryStorage({ serializer: new Heavy() })
    await storage.save("key", "old", { version: true })
    await storage.save("key", "new")
    await expect(storage.load("key")).rejects.toMatchObject({ code: "ERR_PERSIST_LIMIT" })
    isExhausted = false
    expect(await storage.load("key")).toBe("new")
    expect(storage.disk.damaged).toEqual([])
  })

  test("takes no copy of a clock that was ahead for the newest, though its own is behind", async () => {
    let now = Date.UTC(2026, 0, 1)
    const clock = () => now
    const storage = new MemoryStorage({ clock })
    const others = { disk: storage.disk, clock: () => now + 365 * 86_400_000 }
    await new MemoryStorage(others).save("key", "first", { version: true })
    await storage.save("key", "second", { version: true })
    now += 5_400_000
    await storage.save("key", "third", { version: true })
    damage(storage, "key")
    // As on a machine that does not know the time yet.
    now -= 3_600_000
    expect(storage.loadSync("key")).toBe("third")
    expect(await storage.load("key")).toBe("third")
  })

  test("passes damaged copies by", async () => {
    const storage = new MemoryStorage()
    for (const value of [1, 2, 3]) await storage.save("key", value, { version: true })
    for (const copy of storage.disk.copies.get("key")!.slice(1)) {
      Object.assign(copy, { stored: { ...copy.stored, bytes: damaged } })
    }
    damage(storage, "key")
    expect(await storage.load("key")).toBe(1)
    expect(await storage.load("key")).toBe(1)
  })

  test.each(["ERR_PERSIST_UNKNOWN_KEY", "ERR_PERSIST_NEWER", "ERR_PERSIST_LIMIT"] as const)(
    "takes no older copy for a newer one that is whole: %s",
    async (code) => {
      let isReadable = false
      class Newest extends JsonSerializer {
        override decode(bytes: Uint8Array): unknown {
          const value = super.decode(bytes)
          if (value !== "new" || isReadable) return value
          throw new PersistError(code, "The key is elsewhere.", { details: { keyId: "b" } })
        }
      }
      const storage = new MemoryStorage({ serializer: new Newest() })
      await storage.save("key", "old", { version: true })
      const { version } = await storage.save("key", "new", { version: true })
      damage(storage, "key")
      for (const work of [
        () => storage.load("key", { default: "none" }),
        () => storage.update("key", (value) => value),
        async () => storage.loadSync("key"),
      ]) {
        const failing = work()
        await expect(failing).rejects.toMatchObject({ code, key: "key", details: { keyId: "b" } })
        await expect(failing).rejects.toThrow(`version ${version} is whole`)
      }
      expect(storage.disk.values.get("key")?.bytes).toBe(damaged)
      const [oldest] = await storage.versions("key")
      expect(await storage.load("key", { version: oldest!.id })).toBe("old")
      isReadable = true
      expect(await storage.load("key")).toBe("new")
    },
  )

  test.each([
    () => {
      throw new Error("the log is full")
    },
    () => Promise.reject(new Error("the log is away")),
  ])("does not depend on the logger, %#", async (warn) => {
    const storage = new MemoryStorage({ logger: { warn } })
    await storage.save("key", 1, { version: true })
    damage(storage, "key")
    const found = await storage.loadEntry("key")
    expect([found?.value, found?.entry.recovered?.kind]).toEqual([1, "version"])
  })

  test("lets a save win that comes while it mends", async () => {
    const storage = new MemoryStorage()
    await storage.save("key", "old", { version: true })
    damage(storage, "key")
    const [loaded] = await Promise.all([storage.load("key"), storage.save("key", "new")])
    expect(["old", "new"]).toContain(loaded)
    expect(await storage.load("key")).toBe("new")
  })

  test("loads what somebody saved between its look at the damage and its mend", async () => {
    const warnings: string[] = []
    const logger = { warn: (message: string) => void warnings.push(message) }
    class Overtaken extends MemoryStorage {
      protected override async _history(key: string) {
        const history = await super._history(key)
        await new MemoryStorage({ disk: this.disk }).save(key, "new")
        return history
      }
    }
    const storage = new Overtaken({ logger })
    await storage.save("key", "old", { version: true })
    damage(storage, "key")
    const found = await storage.loadEntry("key")
    expect([found?.value, found?.entry.recovered]).toEqual(["new", undefined])
    // That it could not be mended, since it is whole again, is no news.
    expect(warnings.filter((warning) => warning.includes("could not be mended"))).toEqual([])
  })

  test("keeps the expiry of what it mends", async () => {
    let now = 0
    const storage = new MemoryStorage({ clock: () => now })
    await storage.save("key", 1, { version: true, ttl: 1_000 })
    damage(storage, "key")
    expect(await storage.load("key")).toBe(1)
    now = 2_000
    expect(await storage.load("key")).toBeUndefined()
  })

  test("reads copies by the serializer that was named", async () => {
    const storage = new MemoryStorage({ serializers: [new Marked("a")] })
    const serializer = new Marked("b")
    await storage.save("key", 1, { serializer, version: true })
    damage(storage, "key")
    expect(await storage.load("key", { serializer })).toBe(1)
  })

  test("refuses to restore a damaged copy over a value", async () => {
    const storage = new MemoryStorage()
    const { version } = await storage.save("key", 1, { version: true })
    await storage.save("key", 2)
    const [copy] = storage.disk.copies.get("key")!
    Object.assign(copy!, { stored: { ...copy!.stored, bytes: damaged } })
    const restoring = storage.restore("key", version!)
    await expect(restoring).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT", key: "key" })
    expect(await storage.load("key")).toBe(2)
    expect(await storage.backups("key")).toEqual([])
  })

  test("works for loadSync, which leaves mending to load", async () => {
    const storage = new MemoryStorage()
    await storage.save("key", 1, { version: true })
    damage(storage, "key")
    expect(storage.loadSync("key")).toBe(1)
    expect(storage.disk.values.get("key")?.bytes).toBe(damaged)
  })

  test("never touches bytes that are whole but not ours to read", async () => {
    const storage = new MemoryStorage({ serializer: new Locked() })
    await storage.save("key", 1, { version: true })
    const before = storage.disk.values.get("key")
    for (const work of [
      () => storage.load("key", { default: 2 }),
      () => storage.update("key", () => 2),
      async () => storage.loadSync("key"),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: "ERR_PERSIST_DECRYPT", key: "key" })
    }
    expect(storage.disk.values.get("key")).toBe(before)
    expect(storage.disk.damaged).toEqual([])
  })

  test("takes no older copy for a current value that is whole, but not ours to read", async () => {
    class Sealed extends JsonSerializer {
      override decode(bytes: Uint8Array): unknown {
        if (super.decode(bytes) !== "new") return "old"
        throw new PersistError("ERR_PERSIST_NEWER", "A later program wrote it.")
      }
    }
    const storage = new MemoryStorage({ serializer: new Sealed() })
    await storage.save("key", "old", { version: true })
    await storage.save("key", "new")
    for (const work of [
      () => storage.load("key"),
      () => storage.update("key", () => "lost"),
      async () => storage.loadSync("key"),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: "ERR_PERSIST_NEWER", key: "key" })
    }
  })

  test("looks five times at what somebody seems to write, then recovers", async () => {
    let looks = 0
    class Restless extends MemoryStorage {
      protected override async _settle(): Promise<boolean> {
        looks++
        return true
      }
    }
    const storage = new Restless()
    await storage.save("key", 1, { version: true })
    damage(storage, "key")
    expect(await storage.load("key")).toBe(1)
    expect(looks).toBe(4)
  })

  test("looks once at what nobody is writing", async () => {
    let looks = 0
    class Counting extends MemoryStorage {
      protected override _read(key: string) {
        looks++
        return super._read(key)
      }
    }
    const storage = new Counting()
    await storage.save("key", 1, { version: true })
    damage(storage, "key")
    expect(await storage.load("key")).toBe(1)
    expect(looks).toBe(1)
  })

  test("hands out what it recovered though it cannot be written back, and says so", async () => {
    const warnings: string[] = []
    let isFull = false
    class Full extends MemoryStorage {
      protected override async _write(...args: Parameters<MemoryStorage["_write"]>) {
        if (isFull) throw Object.assign(new Error("no room"), { code: "ENOSPC" })
        return super._write(...args)
      }
    }
    const logger = { warn: (message: string) => void warnings.push(message) }
    const storage = new Full({ logger })
    const { version } = await storage.save("key", 1, { version: true })
    damage(storage, "key")
    const { revision } = storage.disk.values.get("key")!.entry
    isFull = true
    expect(await storage.loadEntry("key")).toMatchObject({
      value: 1,
      entry: { revision, recovered: { from: version, kind: "version" } },
    })
    expect(warnings.some((warning) => warning.includes("could not be mended"))).toBe(true)
    expect(storage.disk.values.get("key")?.bytes).toBe(damaged)
  })

  test("goes on when the damaged bytes cannot be set aside, says so, and does not write over them", async () => {
    const warnings: unknown[] = []
    class Full extends MemoryStorage {
      protected override async _quarantine(): Promise<void> {
        throw new Error("disk full")
      }
    }
    const storage = new Full({ logger: { warn: (message) => warnings.push(message) } })
    await storage.save("key", 1, { version: true })
    damage(storage, "key")
    expect(await storage.loadEntry("key")).toMatchObject({
      value: 1,
      entry: { recovered: { kind: "version" } },
    })
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain("could not be set aside")
    const silent = new Full({ disk: storage.disk })
    expect(await silent.load("key")).toBe(1)
    const updated = storage.update("key", () => 2)
    await expect(updated).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      key: "key",
      cause: { message: "disk full" },
    })
    await expect(updated).rejects.toThrow("could not be set aside (disk full)")
    expect(storage.disk.values.get("key")?.bytes).toBe(damaged)
  })
})

/** Numbers behind a mark; two of them share an extension, as two keys of an encryption do. */
class Marked extends Serializer<number> {
  readonly fileExtension = ".marked"
  readonly #mark: string

  constructor(mark: string) {
    super()
    this.#mark = mark
  }

  encode(value: number): Uint8Array {
    return Buffer.from(this.#mark + value)
  }

  decode(bytes: Uint8Array): number {
    const text = Buffer.from(bytes).toString()
    if (text.startsWith(this.#mark)) return Number(text.slice(1))
    throw new PersistError("ERR_PERSIST_DECODE", "the mark is wrong")
  }
}

/** A serializer that can write but, for want of a key, not read. */
class Locked extends Serializer {
  readonly fileExtension = ".locked"

  encode(): Uint8Array {
    return Buffer.from("locked")
  }

  decode(): never {
    throw new PersistError("ERR_PERSIST_DECRYPT", "the key is wrong")
  }
}
