import { describe, expect, test } from "vitest"
import { copyStorage, type Entry, type HistoryEntry } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** A backend of plain JavaScript, in which `primitive` gives what it should not. */
async function mistaken(primitive: string, give: (given: unknown) => unknown) {
  const storage = new MemoryStorage({ without: ["sync"] })
  await storage.save("other", 1)
  const right = Reflect.get(storage, primitive) as (...asked: unknown[]) => unknown
  const wrong = (...asked: unknown[]) => {
    const given = right.apply(storage, asked)
    return given instanceof Promise ? given.then(give) : give(given)
  }
  return Object.assign(storage, { [primitive]: wrong })
}

async function all(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const found: Entry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

describe("a backend that gives what it should not is told so", () => {
  const reads = (storage: MemoryStorage) => [
    () => storage.load("other"),
    () => storage.loadEntry("other"),
    () => storage.update("other", () => 1),
  ]

  test.each([
    ["null", () => null],
    ["an instance of Uint8Array", () => new Uint8Array(1)],
    ["a string", () => "text"],
    ["an entry without format", () => ({ bytes: new Uint8Array(1), entry: { key: "other" } })],
  ])("by _read: %s", async (given, give) => {
    const storage = await mistaken("_read", give)
    for (const work of reads(storage)) {
      const error = await work().catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(`read ${given} for "other"; let it give { bytes, entry }`)
    }
  })

  test("by _stat: null", async () => {
    const storage = await mistaken("_stat", () => null)
    for (const work of [() => storage.stat("other"), () => storage.exists("other")]) {
      await expect(work()).rejects.toThrow("The backend gave null where it must give an entry")
    }
  })

  test("by _readHistory and _read: null, also where bytes are only copied", async () => {
    const storage = await mistaken("_readHistory", () => null)
    await storage.save("other", 2, { version: true })
    const [{ id }] = (await storage.versions("other")) as [HistoryEntry]
    const reader = await mistaken("_read", () => null)
    for (const work of [
      () => storage.restore("other", id),
      () => copyStorage(storage, new MemoryStorage()),
      () => copyStorage(reader, new MemoryStorage()),
    ]) {
      await expect(work()).rejects.toThrow('The backend read null for "other"; let it give')
    }
  })

  test.each([
    ["undefined", () => undefined],
    ["null", () => null],
    ["an object without key", () => ({ size: 1 })],
  ])("by _write: %s", async (given, give) => {
    const storage = await mistaken("_write", give)
    for (const options of [{}, { subfolder: "folder" }]) {
      const saving = storage.save("key", 1, options)
      await expect(saving).rejects.toThrow(`The backend gave ${given} where it must give an entry`)
    }
  })

  test.each([
    ["an instance of Array", () => []],
    ["a Promise", () => Promise.resolve([])],
    ["undefined", () => undefined],
  ])("by _entries: %s", async (given, give) => {
    const storage = await mistaken("_entries", give)
    for (const work of [() => storage.list(), async () => all(storage.entries())]) {
      await expect(work()).rejects.toThrow(`_entries of the backend gave ${given}`)
    }
  })

  test("by _entries: keys", async () => {
    const keys = async function* () {
      yield "other"
    }
    const storage = await mistaken("_entries", keys)
    for (const work of [() => storage.list(), () => all(storage.entries())]) {
      await expect(work()).rejects.toThrow("The backend gave a string where it must give an entry")
    }
  })

  test("by _watch", async () => {
    const storage = await mistaken("_watch", () => [])
    expect(() => storage.watch()).toThrow("_watch of the backend gave an instance of Array")
  })
})
