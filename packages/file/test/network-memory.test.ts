import type * as fs from "node:fs"
import { dirname } from "node:path"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { interferingFileSystem } from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** What this machine's client remembers of files; it asks the server when a file or its folder is opened. */
const client = { isHere: true, facts: new Map<string, unknown>(), opened: [] as string[] }

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>()
  const lstatSync = (path: string, ...rest: unknown[]) => {
    const look = () => Reflect.apply(real.lstatSync, undefined, [path, ...rest])
    if (!client.isHere || !/\.json$|fences$/.test(path)) return look()
    if (!client.facts.has(path)) client.facts.set(path, look())
    return client.facts.get(path)
  }
  const openSync = (path: string, ...rest: unknown[]) => {
    // What is replaced is opened by a mode in letters, to be held.
    if (typeof rest[0] === "number") client.opened.push(path)
    for (const known of client.facts.keys()) {
      if (client.isHere && (known === path || dirname(known) === path)) client.facts.delete(known)
    }
    return Reflect.apply(real.openSync, undefined, [path, ...rest])
  }
  const mocked = { ...real, lstatSync, openSync }
  return { ...mocked, default: mocked }
})

const nfs = 0x6969
const ext4 = 0xef53

function storageOn(kind: number, directory = temporaryFolder()) {
  const fileSystem = interferingFileSystem(({ name, values }) => {
    if (name === "kindSync") return () => kind
    // A client knows what it does itself.
    if (/^(rename|unlink)/.test(name)) for (const path of values) client.facts.delete(String(path))
    return undefined
  })
  return new FileStorage({ directory, durability: "none", fileSystem })
}

/** Saves from another machine, of which this one's client hears nothing. */
async function saveElsewhere(directory: string, key: string, value: unknown, fence?: number) {
  client.isHere = false
  await using storage = new FileStorage({ directory, durability: "none" })
  await storage.save(key, value, fence === undefined ? {} : { fence })
  client.isHere = true
}

const conflict = { code: "ERR_PERSIST_CONFLICT" }

describe("what another machine wrote while this one's client remembered something else", () => {
  beforeEach(() => {
    client.isHere = true
    client.facts.clear()
    client.opened.length = 0
  })

  test.each(["a", "b/c/a"])("is a conflict for ifRevision at %s", async (key) => {
    await using storage = storageOn(nfs)
    await storage.save(key, 1)
    for (const change of [
      (ifRevision: string) => storage.save(key, 3, { ifRevision }),
      async (ifRevision: string) => storage.saveSync(key, 3, { ifRevision }),
      (ifRevision: string) => storage.delete(key, { ifRevision }),
    ]) {
      const { revision } = (await storage.stat(key))!
      await saveElsewhere(storage.directory, key, 2)
      await expect(change(revision)).rejects.toMatchObject(conflict)
      expect(await storage.load(key)).toBe(2)
    }
  })

  test("is a conflict for ifRevision null, and is there to be deleted", async () => {
    await using storage = storageOn(nfs)
    expect(await storage.stat("a")).toBeUndefined()
    await saveElsewhere(storage.directory, "a", 1)
    await expect(storage.save("a", 2, { ifRevision: null })).rejects.toMatchObject(conflict)
    expect(await storage.stat("b")).toBeUndefined()
    await saveElsewhere(storage.directory, "b", 1)
    expect(await storage.delete("b")).toBe(true)
  })

  test("fences off a late writer, though there was no fence when this one looked", async () => {
    await using storage = storageOn(nfs)
    await storage.save("a", 1)
    expect(await storage.stat("a")).toBeDefined()
    await saveElsewhere(storage.directory, "a", 2, 5)
    await expect(storage.save("a", 3, { fence: 4 })).rejects.toMatchObject({
      code: "ERR_PERSIST_FENCED",
    })
  })

  test("is looked for without opening anything on a local file system", async () => {
    client.isHere = false
    await using storage = storageOn(ext4)
    const { revision } = await storage.save("a", 1)
    client.opened.length = 0
    await storage.save("a", 2, { ifRevision: revision })
    await storage.delete("a")
    expect(client.opened).toEqual([])
  })
})
