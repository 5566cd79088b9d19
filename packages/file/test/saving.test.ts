import { getEventListeners } from "node:events"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../atomic/test/support/interfering-file-system.ts"
import { BytesSerializer, FileStorage, type FileStorageOptions } from "../src/index.ts"
import { leftovers } from "../torture/leftovers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** What can be aborted is not done before the call returns. */
const waiting = { signal: new AbortController().signal }

/** A storage that counts the calls at its seam. */
function counting(options: FileStorageOptions = {}) {
  const counts = new Map<string, number>()
  const fileSystem = interferingFileSystem(({ name }) => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return undefined
  })
  const directory = join(temporaryFolder(), "data")
  return { storage: new FileStorage({ directory, fileSystem, ...options }), counts }
}

/** A storage whose first write fails, and what begins at that moment. */
function failingThen<T>(begin: (storage: FileStorage) => Promise<T>) {
  const { promise: late, resolve } = Promise.withResolvers<T>()
  let hasFailed = false
  const fileSystem = interferingFileSystem((call) => {
    if (hasFailed || call.name !== "writeSync") return
    hasFailed = true
    resolve(begin(storage))
    throw systemError("ENOSPC", call)
  })
  const directory = join(temporaryFolder(), "data")
  const storage = new FileStorage({ directory, fileSystem, durability: "none" })
  return { directory, storage, late }
}

/** Resolves when whoever does not wait for anything has long been done. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

describe("FileStorage.save, many at once", () => {
  test("writes of many waiting saves of a key the newest, and resolves them all with it", async () => {
    const { storage, counts } = counting()
    const entries = await Promise.all(
      Array.from({ length: 100 }, (_, index) => storage.save("a", index)),
    )
    expect(await storage.load("a")).toBe(99)
    expect(counts.get("renameSync")).toBe(2)
    const { revision } = (await storage.stat("a"))!
    expect(entries.slice(1).every((entry) => entry.revision === revision)).toBe(true)
  })

  test("supersedes no save that keeps a version or a backup or asks for a revision", async () => {
    const { storage } = counting({ durability: "none" })
    const saves = Array.from({ length: 10 }, (_, index) => [
      storage.save("a", `${index} plain`),
      storage.save("a", `${index} versioned`, { version: true }),
      storage.save("a", `${index} backed up`, { backup: true }),
    ]).flat()
    const conflict = storage.save("a", "never", { ifRevision: "none" })
    await expect(conflict).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    await Promise.all(saves)
    const versions = await storage.versions("a")
    expect(await Promise.all(versions.map(({ id }) => storage.load("a", { version: id })))).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index} versioned`),
    )
    const backups = await storage.backups("a")
    expect(await Promise.all(backups.map(({ id }) => storage.load("a", { version: id })))).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index} versioned`),
    )
  })

  test("lets an aborted save leave the line, and writes the one before it", async () => {
    const { storage } = counting()
    const controller = new AbortController()
    const first = storage.save("a", 1)
    const second = storage.save("a", 2)
    const third = storage.save("a", 3, { signal: controller.signal })
    controller.abort(new Error("enough"))
    await expect(third).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    await Promise.all([first, second])
    expect(await storage.load("a")).toBe(2)
  })

  test("lets nobody abort a value that others wait for, once it is being written", async () => {
    const controller = new AbortController()
    const { signal } = controller
    let isFirstBegun = false
    const fileSystem = interferingFileSystem(({ name, values }) => {
      const isDraft = name === "openSync" && /staging/.test(String(values[0]))
      // The next one is of the two that wait for the first.
      if (isFirstBegun && isDraft) controller.abort("too late")
    })
    const { storage } = counting({ fileSystem })
    await storage.save("warm", 0)
    const first = storage.save("a", 1, waiting)
    const saves = [first, storage.save("a", 2), storage.save("a", 3, { signal })]
    isFirstBegun = true
    await Promise.all(saves)
    expect(signal.aborted).toBe(true)
    expect(await storage.load("a")).toBe(3)
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  test("shares the syncs of a folder", async () => {
    const { storage, counts } = counting()
    await storage.save("warm", 0)
    counts.clear()
    await Promise.all(Array.from({ length: 32 }, (_, index) => storage.save(`key${index}`, index)))
    // One for each file; a few for their folder instead of one each.
    const syncs = (counts.get("fsync") ?? 0) + (counts.get("fsyncSync") ?? 0)
    expect(syncs).toBeLessThan(32 + 8)
    expect(syncs).toBeGreaterThan(32)
  })

  test("flush waits for everything that was called before", async () => {
    const { storage } = counting()
    let settled = 0
    for (let index = 0; index < 20; index++) {
      void storage.save(`key${index % 5}`, index).then(() => settled++)
    }
    await storage.flush()
    await undefined
    expect(settled).toBe(20)
    expect(await storage.list()).toHaveLength(5)
    void storage.update("key0", async () => "new").then(() => settled++)
    void storage.saveStream("stream", ["bytes"]).then(() => settled++)
    await storage.flush()
    await undefined
    expect(settled).toBe(22)
  })

  test("saveSync comes after what was called before, and is not undone by it", async () => {
    const { storage } = counting()
    await storage.save("a", 0)
    const earlier = [
      storage.save("a", 1, waiting),
      storage.save("a", 2, { version: true }),
      storage.save("a", 3),
    ]
    expect(storage.loadSync("a")).toBe(0)
    const { revision } = storage.saveSync("a", 4)
    expect(storage.loadSync("a")).toBe(4)
    await Promise.all(earlier)
    expect(await storage.load("a")).toBe(4)
    expect((await storage.stat("a"))?.revision).toBe(revision)
    expect(await storage.versions("a")).toHaveLength(1)
  })

  test("close waits for a save that saveSync has overtaken: nothing is touched afterwards", async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const { promise: syncing, resolve: isSyncing } = Promise.withResolvers<void>()
    const late: string[] = []
    let isClosed = false
    const fileSystem = interferingFileSystem(({ name }) => {
      if (isClosed) late.push(name)
      if (name !== "fsync") return
      isSyncing()
      return () => held
    })
    const directory = join(temporaryFolder(), "data")
    const storage = new FileStorage({ directory, fileSystem })
    const overtaken = storage.save("a", "old")
    await syncing
    const later = new FileStorage({ directory, durability: "none" })
    storage.saveSync("a", "new")
    expect(await overtaken).toMatchObject({ key: "a" })
    const closing = storage.close().then(() => {
      isClosed = true
    })
    await turns(20)
    expect(isClosed).toBe(false)
    letGo()
    await closing
    await turns(20)
    expect(late).toEqual([])
    expect(await later.load("a")).toBe("new")
    await later.close()
    expect(leftovers(directory)).toEqual([])
  })

  test.each([{ version: true }, {}])(
    "a save that has failed is not done after all by a saveSync, however soon: %j",
    async (options) => {
      for (let microtasks = 0; microtasks < 60; microtasks++) {
        const { directory, storage, late } = failingThen(async (storage) => {
          for (let count = 0; count < microtasks; count++) await undefined
          return storage.saveSync("a", "late", { backup: true })
        })
        const failed = await storage.save("a", "failed", options).catch(() => "failed")
        await late
        await storage.flush()
        if (failed === "failed") {
          expect(await storage.versions("a"), `${microtasks} microtasks`).toEqual([])
          expect(await storage.backups("a"), `${microtasks} microtasks`).toEqual([])
        }
        await storage.close()
        expect(leftovers(directory)).toEqual([])
      }
    },
  )

  test("saveSync is not undone by an earlier save that waits for another try", async () => {
    let tries = 0
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name !== "renameSync" || !String(values[1]).endsWith("a.json")) return undefined
      if (tries++ > 0) return undefined
      queueMicrotask(() => storage.saveSync("a", "later"))
      throw Object.assign(new Error("busy"), { code: "EBUSY" })
    })
    const directory = join(temporaryFolder(), "data")
    const storage = new FileStorage({ directory, fileSystem, durability: "none" })
    await storage.save("a", "early")
    expect(tries).toBe(2)
    expect(await storage.load("a")).toBe("later")
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("saveSync may come in the moment in which its own storage gets the lock", async () => {
    let links = 0
    let synced: unknown
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name !== "linkSync" || !/[0-9a-f]{24}\.lock$/.test(String(values[1]))) return undefined
      links++
      // The quick way is closed, as it is while somebody else has the lock.
      if (links === 1) throw Object.assign(new Error("too many links"), { code: "EMLINK" })
      if (links === 2) {
        queueMicrotask(() => {
          synced = storage.saveSync("a", 2).key
        })
      }
      return undefined
    })
    const directory = join(temporaryFolder(), "data")
    const storage = new FileStorage({ directory, fileSystem, durability: "none" })
    await storage.save("a", 1)
    expect(synced).toBe("a")
    expect(await storage.load("a")).toBe(2)
    await storage.close()
  })

  test("saveSync decides by what an earlier save, whose rename takes a thread's time, leaves there", async () => {
    let decided: unknown
    let revision = ""
    const fileSystem = interferingFileSystem(({ name }) => {
      if (name !== "rename") return undefined
      queueMicrotask(() => {
        try {
          decided = storage.saveSync("a", "conditional", { ifRevision: revision })
        } catch (error) {
          decided = error
        }
      })
      return undefined
    })
    const directory = join(temporaryFolder(), "data")
    const storage = new FileStorage({ directory, fileSystem, durability: "none" })
    const large = "x".repeat(3_000_000)
    revision = (await storage.save("a", large)).revision
    const saved = await storage.save("a", `${large}new`)
    expect(decided).toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect((await storage.stat("a"))?.revision).toBe(saved.revision)
    await storage.close()
  })

  test("saveSync may come while another storage of this thread has the lock", async () => {
    let synced: unknown
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name !== "renameSync" || !String(values[1]).endsWith("a.json")) return undefined
      queueMicrotask(() => {
        synced = other.saveSync("a", 2).key
      })
      return undefined
    })
    const directory = join(temporaryFolder(), "data")
    const storage = new FileStorage({ directory, fileSystem, durability: "none" })
    const other = new FileStorage({ directory, durability: "none" })
    await storage.save("a", 1)
    expect(synced).toBe("a")
    expect(await storage.load("a")).toBe(2)
    await Promise.all([storage.close(), other.close()])
    expect(leftovers(directory)).toEqual([])
  })

  test("gets an update through a storm of saves, into another format too", async () => {
    const { storage } = counting({ durability: "none" })
    const stranger = new FileStorage({ directory: storage.directory, durability: "none" })
    await storage.save("a", 0)
    const saves: Promise<unknown>[] = []
    const update = storage.update<unknown>(
      "a",
      async () => {
        if (saves.length === 20) throw new Error("the update never gets through")
        const save = stranger.save("a", saves.length + 1)
        saves.push(save)
        // The fourth has to wait for the update, as long as that takes.
        await (saves.length <= 3 ? save : Promise.race([save, turns(20)]))
        return Buffer.from("bytes")
      },
      { serializer: new BytesSerializer() },
    )
    expect(await update).toEqual(Buffer.from("bytes"))
    await Promise.all(saves)
    expect(saves).toHaveLength(4)
    expect(await storage.load("a")).toBe(4)
  })

  test("goes on when its directory is removed under it", async () => {
    const { storage } = counting()
    await storage.save("a/b", 1)
    rmSync(storage.directory, { recursive: true })
    expect(await storage.load("a/b")).toBeUndefined()
    const { path } = await storage.save("a/b", 2)
    expect(readFileSync(path!, "utf8").trim()).toBe("2")
    expect(await storage.update<number>("a/b", (current) => current! + 1)).toBe(3)
    await storage.close()
    expect(existsSync(path!)).toBe(true)
  })
})

describe("the revision of a save", () => {
  test("comes after that of another process in the same millisecond, and not after a clock that was wrong", async () => {
    const now = Date.UTC(2026, 0, 1)
    const { storage } = counting({ clock: () => now, durability: "none" })
    const times = new Set<number>()
    for (let round = 0; round < 20; round++) {
      const { path } = await storage.save("a", round)
      times.add(statSync(path!).mtimeMs)
      // As if another process had saved in the same millisecond.
      utimesSync(path!, now / 1000, (now + 0.9995) / 1000)
      const other = statSync(path!).mtimeMs
      await storage.save("a", round)
      expect(statSync(path!).mtimeMs).toBeGreaterThan(other)
      times.add(statSync(path!).mtimeMs)
      await storage.delete("a")
    }
    expect(times.size).toBe(40)
    const { path } = await storage.save("a", 1)
    utimesSync(path!, now / 1000 + 3600, now / 1000 + 3600)
    const { savedAt } = await storage.save("a", 2)
    expect(savedAt.getTime()).toBeLessThan(now + 1000)
    await storage.close()
  })

  test("lets old copies go, though one of them cannot", async () => {
    const warnings: unknown[] = []
    const logger = { warn: (message: unknown) => warnings.push(message) }
    const { storage } = counting({ keep: 2, durability: "none", logger })
    const versions = join(storage.directory, ".persist/versions/a")
    mkdirSync(join(versions, `${"0".repeat(26)}.json`), { recursive: true })
    for (let value = 0; value < 5; value++) await storage.save("a", value, { version: true })
    expect(readdirSync(versions)).toHaveLength(3)
    expect(await storage.versions("a")).toHaveLength(2)
    expect(warnings.length).toBeGreaterThan(0)
  })

  test("keeps what it records, though a clock that was ahead has left more than is to be kept", async () => {
    const now = Date.UTC(2026, 0, 1)
    const directory = join(temporaryFolder(), "data")
    const settings = { directory, durability: "none", keep: 3 } as const
    const both = { version: true, backup: true }
    await using ahead = new FileStorage({ ...settings, clock: () => now + 86_400_000 })
    for (let value = 0; value < 5; value++) await ahead.save("a", value, both)
    await using storage = new FileStorage({ ...settings, clock: () => now })
    for (const value of [5, 6]) {
      const { version, backup } = await storage.save("a", value, both)
      expect(await storage.load("a", { version: version! })).toBe(value)
      expect(await storage.load("a", { version: backup! })).toBe(value - 1)
      expect(await storage.versions("a")).toHaveLength(3)
    }
    const { version } = storage.saveSync("a", 7, both)
    expect(await storage.load("a", { version: version! })).toBe(7)
  })
})

describe("FileStorage, saving in and out of turn", () => {
  test("ends with what was called last, however it is called", async () => {
    const call = fc.constantFrom("save", "version", "backup", "saveSync", "delete", "pause")
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 20, size: "max" }),
        fc.boolean(),
        async (calls, isFull) => {
          const { storage } = counting({ durability: isFull ? "full" : "none" })
          const pending: Promise<unknown>[] = []
          let last: number | undefined
          for (const [index, name] of calls.entries()) {
            if (name === "pause") await new Promise(setImmediate)
            else if (name === "saveSync") storage.saveSync("a", index)
            else if (name === "delete") pending.push(storage.delete("a"))
            else pending.push(storage.save("a", index, name === "save" ? {} : { [name]: true }))
            if (name !== "pause") last = name === "delete" ? undefined : index
          }
          await Promise.all(pending)
          expect(await storage.load("a")).toBe(last)
          expect(await storage.versions("a")).toHaveLength(
            calls.filter((name) => name === "version").length,
          )
          await storage.close()
          rmSync(storage.directory, { recursive: true, force: true })
        },
      ),
      { numRuns: 80 },
    )
  })
})
