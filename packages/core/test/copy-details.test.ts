import { describe, expect, test } from "vitest"
import { TextSerializer } from "../src/conformance/text-serializer.ts"
import { copyStorage, JsonSerializer, type WriteRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** Two versions and a backup of one key. */
async function withHistory(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  for (const value of [1, 2]) await storage.save("key", value, { version: true })
  await storage.save("key", 3, { backup: true })
  return storage
}

describe("copyStorage counts", () => {
  test("copies of history, and tells whether a key had to be written", async () => {
    const [from, to] = [await withHistory(), new MemoryStorage()]
    const told: boolean[] = []
    const onProgress = ({ copied }: { copied: boolean }) => void told.push(copied)
    expect(await copyStorage(from, to, { onProgress })).toMatchObject({ historyCopied: 3 })
    await copyStorage(from, to, { onProgress })
    expect(told).toEqual([true, false])
  })

  test("a key that is deleted meanwhile as unchanged", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    for (const key of ["a", "b"]) await from.save(key, 1)
    const onProgress = () => void from.disk.values.delete("b")
    const result = await copyStorage(from, to, { onProgress, concurrency: 1 })
    expect(result).toMatchObject({ copied: 1, unchanged: 1, historyCopied: 0 })
    expect(await to.list()).toEqual(["a"])
  })
})

describe("copyStorage keeps", () => {
  test("history away where it is told to, though both have it", async () => {
    const [from, to] = [await withHistory(), new MemoryStorage()]
    await copyStorage(from, to, { history: false })
    expect([await to.versions("key"), await to.backups("key")]).toEqual([[], []])
  })

  test("all of the history, whatever the target keeps of its own saves", async () => {
    const from = await withHistory()
    const to = new MemoryStorage({ keep: { versions: 1, backups: 1 }, maxAge: 1 })
    await copyStorage(from, to)
    expect([await to.versions("key"), await to.backups("key")]).toMatchObject([[{}, {}], [{}]])
  })

  test("formats that the target was not told of", async () => {
    const serializer = new TextSerializer()
    const [from, to] = [new MemoryStorage({ serializer }), new MemoryStorage()]
    await from.save("key", "text")
    await copyStorage(from, to)
    expect(await to.load("key")).toBe("text")
  })

  test("going when retention removes a version that it was about to read", async () => {
    class Removing extends MemoryStorage {
      protected override async _readHistory(key: string, id: string) {
        const [first] = await this._history(key)
        return first?.id === id ? undefined : super._readHistory(key, id)
      }
    }
    const { disk } = await withHistory()
    const to = new MemoryStorage()
    expect(await copyStorage(new Removing({ disk }), to)).toMatchObject({ copied: 1 })
    expect([await to.versions("key"), await to.backups("key")]).toMatchObject([[{}], [{}]])
  })
})

describe("copyStorage takes for another value", () => {
  test("one that expires more than a second before or after", async () => {
    const clock = () => Date.UTC(2100, 0, 1)
    const from = new MemoryStorage({ clock })
    await from.save("key", 1, { ttl: 60_000 })
    for (const [ttl, copied] of [
      [61_000, 0],
      [59_000, 0],
      [61_001, 1],
      [58_999, 1],
      [undefined, 1],
    ] as const) {
      const to = new MemoryStorage({ clock })
      await to.save("key", 1, { ttl })
      expect(await copyStorage(from, to)).toMatchObject({ copied })
    }
  })

  test("the same bytes in another format", async () => {
    const twin = Object.assign(new JsonSerializer(), { fileExtension: ".twin" })
    const [from, to] = [new MemoryStorage({ serializer: twin }), new MemoryStorage()]
    for (const storage of [from, to]) await storage.save("key", 1)
    expect(await copyStorage(from, to)).toMatchObject({ copied: 1 })
    expect((await to.stat("key"))?.format).toBe(".twin")
  })
})

describe("copyStorage notices", () => {
  test("a target that keeps no value, and one that keeps no mark", async () => {
    class Forgetful extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const entry = await super._write(key, bytes, request)
        this.disk.values.delete(key)
        return entry
      }
    }
    class Unfenced extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        return super._write(key, bytes, { ...request, fence: undefined })
      }
    }
    const from = new MemoryStorage()
    await from.save("key", 1, { fence: 7 })
    for (const to of [new Forgetful(), new Unfenced()]) {
      await expect(copyStorage(from, to)).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    }
    await from.save("key", 1, { ttl: "1h" })
    const expiring = copyStorage(from, new Forgetful())
    await expect(expiring).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
  })

  test("its signal between two writes of one key", async () => {
    const controller = new AbortController()
    let writes = 0
    class Deaf extends MemoryStorage {
      protected override async _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        expect(request.signal).toBe(controller.signal)
        if (++writes === 2) controller.abort("enough")
        return super._write(key, bytes, { ...request, signal: undefined })
      }
    }
    const copying = copyStorage(await withHistory(), new Deaf(), { signal: controller.signal })
    await expect(copying).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
    expect(writes).toBe(2)
  })
})
