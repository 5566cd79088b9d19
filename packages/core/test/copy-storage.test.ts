import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { TextSerializer } from "../src/conformance/text-serializer.ts"
import {
  copyStorage,
  type Entry,
  PersistError,
  type Storage,
  type WriteRequest,
} from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** Everything that a copy must carry over. */
async function contents(storage: Storage): Promise<unknown> {
  const values = (await storage.list()).map(async (key) => {
    const { value, entry } = (await storage.loadEntry(key))!
    const copies = [...(await storage.versions(key)), ...(await storage.backups(key))]
    const history = copies.map(async ({ id, kind }) => [
      id,
      kind,
      await storage.load(key, { version: id }),
    ])
    return {
      key,
      value,
      format: entry.format,
      expiresAt: entry.expiresAt,
      fence: (await storage.stat(key))?.fence,
      history: await Promise.all(history),
    }
  })
  return Promise.all(values)
}

const steps = fc.array(
  fc.record({
    key: fc.constantFrom("a", "a/b", "c", "\u00e9"),
    // Through JSON, which takes -0, that our JSON refuses, to 0.
    value: fc
      .json({ maxDepth: 1 })
      .map((text): unknown => JSON.parse(JSON.stringify(JSON.parse(text)))),
    version: fc.boolean(),
    backup: fc.boolean(),
    ttl: fc.option(fc.constant("1h" as const), { nil: undefined }),
    fence: fc.option(fc.nat(9), { nil: undefined }),
  }),
  { maxLength: 15, size: "max" },
)

async function filled(all: typeof steps extends fc.Arbitrary<infer T> ? T : never) {
  const storage = new MemoryStorage({ keep: { backups: 4 } })
  for (const { key, value, ...options } of all) {
    await storage.save(key, value, options).catch((error) => {
      if (!PersistError.is(error, "ERR_PERSIST_FENCED")) throw error
    })
  }
  return storage
}

/** Fails at the writes whose turn has come. */
class Interrupted extends MemoryStorage {
  readonly failAt = new Set<number>()
  #writes = 0

  protected override async _write(
    key: string,
    bytes: Uint8Array,
    request: WriteRequest,
  ): Promise<Entry> {
    if (this.failAt.has(this.#writes++)) throw Object.assign(new Error("cut"), { code: "EIO" })
    return super._write(key, bytes, request)
  }
}

describe("copyStorage", () => {
  test("ends with equal contents, history and expiry included", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const from = await filled(all)
        const before = await contents(from)
        const to = new MemoryStorage()
        const result = await copyStorage(from, to)
        expect(await contents(to)).toEqual(before)
        expect(await contents(from)).toEqual(before)
        expect(result).toMatchObject({ copied: (await from.list()).length, unchanged: 0 })
        const again = await copyStorage(from, to)
        expect(again).toMatchObject({ copied: 0, historyCopied: 0, bytes: 0 })
      }),
      { numRuns: 40 },
    )
  })

  test("goes on after an interruption, wherever it came", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.nat(12), { maxLength: 4, size: "max" }),
        async (all, failures) => {
          const from = await filled(all)
          const to = new Interrupted()
          for (const turn of failures) to.failAt.add(turn)
          for (let run = 0; run <= failures.length; run++) {
            try {
              await copyStorage(from, to)
              break
            } catch (error) {
              expect(error).toMatchObject({ code: "ERR_PERSIST_IO", cause: { code: "EIO" } })
            }
          }
          await copyStorage(from, to)
          expect(await contents(to)).toEqual(await contents(from))
        },
      ),
      { numRuns: 60 },
    )
  })

  test("replaces values of the same key, and leaves the others", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    await from.save("a", "new")
    await to.save("a", "old", { version: true })
    await to.save("b", "other")
    await copyStorage(from, to)
    expect([await to.load("a"), await to.load("b")]).toEqual(["new", "other"])
    expect(await to.versions("a")).toHaveLength(1)
  })

  test("copies a folder, a pattern, and tells how far it is", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    for (const key of ["s/a", "s/b", "s/t/c", "d"]) await from.save(key, key)
    const progress: string[] = []
    const result = await copyStorage(from, to, {
      ...{ subfolder: "s", pattern: "*", concurrency: 1 },
      onProgress: ({ key, done, total }) => progress.push(`${key} ${done}/${total}`),
    })
    expect(await to.list()).toEqual(["s/a", "s/b"])
    expect(progress).toEqual(["s/a 1/2", "s/b 2/2"])
    expect(result).toMatchObject({ copied: 2, bytes: 10 })
  })

  test("leaves history away when told, and refuses to lose it silently", async () => {
    const from = new MemoryStorage()
    await from.save("a", 1, { version: true })
    const to = new MemoryStorage({ without: ["history"] })
    await expect(copyStorage(from, to)).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
    expect(await to.list()).toEqual([])
    await copyStorage(from, to, { history: false })
    expect(await to.load("a")).toBe(1)
  })

  test("refuses to lose an expiry", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage({ without: ["ttl"] })]
    await from.save("a", 1, { ttl: "1h" })
    await expect(copyStorage(from, to)).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
    expect(await to.list()).toEqual([])
  })

  test("begins no further key once one has failed", async () => {
    const from = new MemoryStorage()
    for (let key = 0; key < 50; key++) await from.save(`${key}`, key)
    const to = new Interrupted()
    to.failAt.add(3)
    await expect(copyStorage(from, to, { concurrency: 4 })).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: { message: "cut" },
    })
    // The three before it, and what the three other workers were at.
    expect((await to.list()).length).toBeLessThanOrEqual(6)
  })

  test("takes it as it is when a value expires while it is copied", async () => {
    let now = Date.UTC(2100, 0, 1)
    const clock = () => now
    class Slow extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = await super._write(key, bytes, request)
        now += 100
        return entry
      }
    }
    const [from, to] = [new MemoryStorage({ clock }), new Slow({ clock })]
    await from.save("brief", 1, { ttl: 50, fence: 3, version: true })
    await from.save("other", 2)
    expect(await copyStorage(from, to, { concurrency: 1 })).toMatchObject({ copied: 2 })
    expect(await to.list()).toEqual(["other"])
  })

  test("takes it as it is when the clock of the target is a little ahead", async () => {
    const now = Date.now()
    const from = new MemoryStorage({ clock: () => now })
    const to = new MemoryStorage({ clock: () => now + 600 })
    await from.save("brief", 1, { ttl: 500 })
    expect(await copyStorage(from, to)).toMatchObject({ copied: 1 })
    expect([await from.list(), await to.list()]).toEqual([["brief"], []])
  })

  test("does not carry damage on", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    await from.save("a", 1)
    from.disk.values.set("a", { ...from.disk.values.get("a")!, bytes: Buffer.from("{") })
    await expect(copyStorage(from, to)).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
      key: "a",
    })
    expect(await to.list()).toEqual([])
  })

  test("does not carry damaged versions on", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    await from.save("a", 1, { version: true })
    const [copy] = from.disk.copies.get("a")!
    const stored = { ...copy!.stored, bytes: Buffer.from("{") }
    from.disk.copies.set("a", [{ ...copy!, stored }])
    await expect(copyStorage(from, to)).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
  })

  test("copies bytes that are there in another format", async () => {
    const options = { serializers: [new TextSerializer()] }
    const [from, to] = [new MemoryStorage(options), new MemoryStorage(options)]
    await from.save("a", "1", { serializer: new TextSerializer() })
    await to.save("a", 1)
    expect(await copyStorage(from, to)).toMatchObject({ copied: 1 })
    expect(await to.load("a")).toBe("1")
  })

  test("names a format that neither storage knows", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    await from.save("a", 1)
    const stored = from.disk.values.get("a")!
    from.disk.values.set("a", { ...stored, entry: { ...stored.entry, format: ".odd" } })
    const copying = copyStorage(from, to)
    await expect(copying).rejects.toMatchObject({ code: "ERR_PERSIST_FORMAT", key: "a" })
    expect(await to.list()).toEqual([])
  })

  test("keeps neither storage from closing, also when it fails", async () => {
    const [from, to] = [new MemoryStorage(), new Interrupted()]
    await from.save("a", 1)
    to.failAt.add(0)
    await expect(copyStorage(from, to)).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
    await copyStorage(from, to)
    await Promise.all([from.close(), to.close()])
    await expect(from.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("notices a target that does not keep what it was given", async () => {
    class Forgetful extends MemoryStorage {
      protected override async _write(key: string, _bytes: Uint8Array, request: WriteRequest) {
        return super._write(key, Buffer.from("0"), request)
      }
    }
    const from = new MemoryStorage()
    await from.save("a", 1)
    const copying = copyStorage(from, new Forgetful())
    await expect(copying).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT", key: "a" })
  })

  test("notices a target that does not keep versions as they were", async () => {
    class Forgetful extends MemoryStorage {
      protected override async _readHistory(key: string, id: string) {
        const copy = await super._readHistory(key, id)
        return copy && { ...copy, bytes: Buffer.from("0") }
      }
    }
    const from = new MemoryStorage()
    await from.save("a", 1, { version: true })
    const copying = copyStorage(from, new Forgetful())
    await expect(copying).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT", key: "a" })
    await copyStorage(from, new Forgetful(), { verify: false })
  })

  test("ends with the signal, and with either storage", async () => {
    const from = new MemoryStorage()
    for (let key = 0; key < 50; key++) await from.save(`${key}`, key)
    const controller = new AbortController()
    const to = new MemoryStorage()
    const aborted = copyStorage(from, to, {
      signal: controller.signal,
      onProgress: ({ done }) => done === 5 && controller.abort("enough"),
    })
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
    const half = (await to.list()).length
    expect(half).toBeLessThan(50)
    const closed = copyStorage(from, to, {
      onProgress: ({ done }) => done === 20 && void to.close(),
    })
    await expect(closed).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
  })

  test("takes any number of keys at once", async () => {
    const from = new MemoryStorage()
    for (let key = 0; key < 5; key++) await from.save(`${key}`, key)
    const all = { concurrency: Number.MAX_SAFE_INTEGER }
    expect(await copyStorage(from, new MemoryStorage(), all)).toMatchObject({ copied: 5 })
    expect(await copyStorage(new MemoryStorage(), from, all)).toMatchObject({ copied: 0 })
  })

  test("refuses what is no storage, and wrong options", async () => {
    const storage = new MemoryStorage()
    for (const work of [
      () => copyStorage({} as Storage, storage),
      () => copyStorage(storage, storage, { concurrency: 0 }),
      () => copyStorage(storage, storage, { progress: 1 } as object),
      () => copyStorage(storage, storage, { verify: "yes" as never }),
      () => copyStorage(storage, storage, { onProgress: 1 as never }),
    ]) {
      const error: unknown = await work().catch((caught: unknown) => caught)
      expect(PersistError.is(error)).toBe(true)
    }
  })
})

describe("the fencing marks of a copy", () => {
  test("are raised in the target, never lowered", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    await from.save("raised", 1, { fence: 5 })
    await from.save("kept", 1, { fence: 5 })
    await to.save("raised", 1, { fence: 3 })
    await to.save("kept", 0, { fence: 8 })
    expect(await copyStorage(from, to)).toMatchObject({ copied: 2 })
    expect([await to.stat("raised"), await to.stat("kept")]).toMatchObject([
      { fence: 5 },
      { fence: 8 },
    ])
    expect(await to.load("kept")).toBe(1)
    expect(await copyStorage(from, to)).toMatchObject({ copied: 0, unchanged: 2 })
  })

  test("need a target that can hold them, unless they are left behind", async () => {
    const from = new MemoryStorage()
    const to = new MemoryStorage({ without: ["fence"] })
    await from.save("plain", 1)
    expect(await copyStorage(from, to)).toMatchObject({ copied: 1 })
    await from.save("fenced", 1, { fence: 5 })
    const copying = copyStorage(from, to)
    await expect(copying).rejects.toMatchObject({ code: "ERR_PERSIST_UNSUPPORTED" })
    expect(await copyStorage(from, to, { fences: false })).toMatchObject({ copied: 1 })
    expect(await to.load("fenced")).toBe(1)
  })
})
