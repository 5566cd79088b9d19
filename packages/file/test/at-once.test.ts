import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import type { Entry, WriteRequest } from "@persist/core"
import { beforeEach, describe, expect, test } from "vitest"
import {
  type Interference,
  interferingFileSystem,
  type SeamCall,
  systemError,
} from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage, type FileStorageOptions } from "../src/index.ts"
import { leftovers } from "../torture/leftovers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** A storage on a disk whose syncs take no time, where a save has been alone often enough. */
async function quickStorage(options: FileStorageOptions = {}) {
  const directory = join(temporaryFolder(), "data")
  const seen: SeamCall[] = []
  let interfere: Interference = () => {}
  const fileSystem = interferingFileSystem((call) => {
    seen.push(call)
    const instead = interfere(call)
    if (instead !== undefined) return instead
    return call.name === "fsync" || call.name === "fsyncSync" ? () => {} : undefined
  })
  const storage = new FileStorage({ directory, fileSystem, durability: "file", ...options })
  await alone(storage)
  seen.length = 0
  const calls = (name: SeamCall["name"]) => seen.filter((call) => call.name === name).length
  const meet = (next: Interference) => {
    interfere = next
  }
  /** Whether the first of two saves is done before the second begins. */
  const both = async (value: number) => {
    const saves = [storage.save("a", value), storage.save("b", value)]
    const soon = read(directory, "a")
    await Promise.all(saves)
    expect([read(directory, "a"), read(directory, "b")]).toEqual([value, value])
    return soon === value
  }
  return { storage, directory, calls, meet, both }
}

async function alone(storage: FileStorage): Promise<void> {
  for (let count = 0; count < 40; count++) await storage.save("warm", count)
  await new Promise(setImmediate)
}

const read = (directory: string, key: string) =>
  JSON.parse(readFileSync(join(directory, `${key}.json`), "utf8"))

describe.each(["full", "file", "none"] as const)("a little save alone (%s)", (durability) => {
  test("is done before the call returns, and tells what the others tell", async () => {
    const { storage, directory } = await quickStorage({ durability })
    const saving = storage.save("a", { b: 1 })
    expect(read(directory, "a")).toEqual({ b: 1 })
    const entry = await saving
    expect(entry).toEqual(await storage.stat("a"))
    expect(await storage.load("a")).toEqual({ b: 1 })
    await storage.save("a", 2, { ifRevision: entry.revision })
    expect(read(directory, "a")).toBe(2)
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("rejects with a conflict, and leaves nothing behind", async () => {
    const { storage, directory } = await quickStorage({ durability })
    const saving = storage.save("warm", 1, { ifRevision: "0-0-0" })
    await expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT", key: "warm" })
    expect(read(directory, "warm")).toBe(39)
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })
})

describe("a little save", () => {
  let quick: Awaited<ReturnType<typeof quickStorage>>
  beforeEach(async () => {
    quick = await quickStorage()
  })

  test("with a signal, of much, of a value that keeps history, and on a slow disk waits", async () => {
    const { storage, directory } = quick
    const { signal } = new AbortController()
    const saves = [
      () => storage.save("signal", 1, { signal }),
      () => storage.save("large", "x".repeat(70_000)),
      () => storage.save("version", 1, { version: true }),
      () => storage.save("warm", 1, { backup: true }),
    ]
    for (const save of saves) {
      await alone(storage)
      const before = readdirSync(directory).length
      const old = read(directory, "warm")
      const saving = save()
      expect(readdirSync(directory)).toHaveLength(before)
      expect(read(directory, "warm")).toBe(old)
      await saving
    }
    const slow = new FileStorage({
      directory: join(temporaryFolder(), "data"),
      fileSystem: interferingFileSystem(({ name }) => {
        if (name === "fsync") return () => new Promise((resolve) => setTimeout(resolve, 2))
        return undefined
      }),
    })
    for (let count = 0; count < 3; count++) await slow.save("a", count)
    const saving = slow.save("a", 3)
    expect(read(slow.directory, "a")).toBe(2)
    await saving
  })

  test("of several at once: from the second time on none is done before the others begin", async () => {
    const { storage, calls, both } = quick
    expect(await both(100)).toBe(true)
    expect(calls("fsync")).toBe(0)
    expect(await both(101)).toBe(false)
    expect(calls("fsync")).toBe(2)
    for (let count = 0; count < 31; count++) await storage.save("a", count)
    expect(await both(102)).toBe(false)
    for (let count = 0; count < 32; count++) await storage.save("a", count)
    expect(await both(103)).toBe(true)
  })

  test("of several at once where nothing is synced: the same", async () => {
    const { storage, both } = await quickStorage({ durability: "none" })
    expect(await both(100)).toBe(true)
    expect(await both(101)).toBe(false)
    for (let count = 0; count < 32; count++) await storage.save("a", count)
    expect(await both(102)).toBe(true)
  })

  test("waits for who holds the lock of its key", async () => {
    const { storage, directory, calls } = quick
    const locks = join(directory, ".persist", "locks")
    let lockFile = ""
    quick.meet(({ name, values }) => {
      if (name === "linkSync") lockFile = String(values[1])
    })
    await storage.save("a", 1)
    const owners = () => readdirSync(locks).filter((name) => /^owner-.*\.lock$/.test(name))
    const ours = owners()
    const other = new FileStorage({ directory })
    await other.save("other", 1)
    const theirs = owners().find((name) => !ours.includes(name))!
    linkSync(join(locks, theirs), lockFile)
    const saving = storage.save("a", 2)
    expect(read(directory, "a")).toBe(1)
    unlinkSync(lockFile)
    await saving
    expect(read(directory, "a")).toBe(2)
    expect(calls("renameSync")).toBe(2)
    await Promise.all([storage.close(), other.close()])
    expect(leftovers(directory)).toEqual([])
  })

  test("takes the place of a value in another format", async () => {
    const { storage, directory } = quick
    writeFileSync(join(directory, "a.bin"), "old")
    await storage.save("a", 1)
    expect(existsSync(join(directory, "a.bin"))).toBe(false)
    expect(read(directory, "a")).toBe(1)
  })

  test("keeps the order of the calls, whatever waits", async () => {
    const { storage, directory } = quick
    const saves = [storage.save("a", 1), storage.save("a", 2)]
    storage.saveSync("a", 3)
    expect(read(directory, "a")).toBe(3)
    const last = storage.save("a", 4)
    await Promise.all([...saves, last])
    expect(read(directory, "a")).toBe(4)
    const deleting = storage.delete("a")
    const again = storage.save("a", 5)
    expect(await deleting).toBe(true)
    await again
    expect(read(directory, "a")).toBe(5)
  })

  test("lets timers and sockets in, however long a loop of them goes on", async () => {
    const { storage } = quick
    let isOver = false
    setTimeout(() => {
      isOver = true
    }, 20)
    let count = 0
    for (; !isOver && count < 100_000; count++) await storage.save("a", count)
    expect(isOver).toBe(true)
  })

  test("asks a subclass that writes in its own way", async () => {
    class Shouting extends FileStorage {
      protected override _write(key: string, bytes: Uint8Array, request: WriteRequest) {
        const text = Buffer.from(bytes).toString().toUpperCase()
        return super._write(key, Buffer.from(text), request) as Promise<Entry>
      }
    }
    const storage = new Shouting({ directory: quick.directory, durability: "none" })
    for (const text of ["one", "two", "three"]) {
      await storage.save("a", text)
      expect(await storage.load("a")).toBe(text.toUpperCase())
    }
  })
})

describe("a little save that fails", () => {
  const failures: [SeamCall["name"], string, boolean][] = [
    ["openSync", "EMFILE", true],
    ["openSync", "ENOSPC", false],
    ["writeSync", "ENOSPC", false],
    ["fstatSync", "EIO", false],
    ["fsyncSync", "EIO", false],
    ["linkSync", "EACCES", true],
    ["renameSync", "EBUSY", true],
    ["renameSync", "EXDEV", true],
    ["unlinkSync", "EBUSY", true],
  ]

  test.each(failures)("%s: %s", async (name, code, isMended) => {
    const { storage, directory, meet } = await quickStorage()
    let failed = 0
    meet((call) => {
      if (call.name !== name || failed > 0) return
      failed++
      const { values } = call
      const dest = name === "renameSync" ? { dest: String(values[1]) } : {}
      throw Object.assign(systemError(code, call), dest)
    })
    const saving = storage.save("warm", "new")
    if (isMended) await saving
    else await expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_IO", cause: { code } })
    expect(failed).toBe(1)
    expect(read(directory, "warm")).toBe(isMended ? "new" : 39)
    await storage.save("b", 1)
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("is done another way where its fencing mark turns out to lie on another disk", async () => {
    const { storage, directory, meet } = await quickStorage()
    const fences = join(directory, ".persist", "fences")
    const staging = join(directory, ".persist", "staging")
    let refused = 0
    meet((call) => {
      const [from, to] = call.values.map(String)
      if (call.name !== "renameSync" || !to!.startsWith(fences) || !from!.startsWith(staging))
        return
      refused++
      throw Object.assign(systemError("EXDEV", call), { dest: to })
    })
    await storage.save("warm", "new", { fence: 1 })
    expect(refused).toBe(1)
    expect(read(directory, "warm")).toBe("new")
    expect(await storage.stat("warm")).toMatchObject({ fence: 1 })
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("knows of a rename that took effect although its answer got lost", async () => {
    const { storage, directory, meet } = await quickStorage()
    meet((call) => {
      if (call.name !== "renameSync") return
      return () => {
        renameSync(String(call.values[0]), String(call.values[1]))
        throw systemError("EIO", call)
      }
    })
    const entry = await storage.save("a", 1)
    expect(read(directory, "a")).toBe(1)
    expect(entry).toEqual(await storage.stat("a"))
  })

  test("writes each value once where files cannot have two names", async () => {
    const directory = join(temporaryFolder(), "data")
    let drafts = 0
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "linkSync") throw systemError("EPERM", call)
      if (call.name === "openSync" && /staging/.test(String(call.values[0]))) drafts++
      return call.name === "fsync" || call.name === "fsyncSync" ? () => {} : undefined
    })
    const storage = new FileStorage({ directory, fileSystem })
    await storage.save("a", 0)
    drafts = 0
    for (let count = 1; count <= 40; count++) await storage.save("a", count)
    expect(drafts).toBe(40)
    expect(read(directory, "a")).toBe(40)
  })
})
