import { hash } from "node:crypto"
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { lock } from "@persist/atomic"
import { PersistError } from "@persist/core"
import { afterAll, describe, expect, test } from "vitest"
import {
  interferingFileSystem,
  nodeCode,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { mountSmallDisk } from "../../../atomic/test/support/small-disk.ts"
import { FileStorage } from "../../src/index.ts"
import { leftovers } from "../../torture/leftovers.ts"
import { temporaryFolder } from "../temporary-folder.ts"

const disk = mountSmallDisk(512)
const isMounted = "folder" in disk

/** Fills the disk, and gives `free` bytes back. */
function fill(filler: string, free: number): void {
  rmSync(filler, { force: true })
  const descriptor = openSync(filler, "w")
  let size = 0
  try {
    for (;;) size += writeSync(descriptor, Buffer.alloc(4096))
  } catch {
  } finally {
    closeSync(descriptor)
  }
  rmSync(filler)
  const shrunk = openSync(filler, "w")
  writeSync(shrunk, Buffer.alloc(Math.max(0, size - free)))
  closeSync(shrunk)
}

describe("FileStorage on a full disk", () => {
  afterAll(() => {
    if ("folder" in disk) disk.unmount()
  })

  test("a small disk is mounted", (context) => {
    if ("folder" in disk) return expect(disk.folder).not.toBe("")
    const message = `No small disk, so only injected errors show what a full one does: ${disk.reason}`
    if (process.env.CI && !disk.isForbidden) throw new Error(message)
    console.warn(message)
    context.skip(message)
  })

  test.runIf(isMounted)("saves whole, or says ENOSPC and keeps the old value", async () => {
    const { folder } = disk as { readonly folder: string }
    const filler = join(folder, "filler")
    const old = "o".repeat(20_000)
    const fresh = "n".repeat(30_000)
    let [full, done] = [0, 0]
    for (let free = 0; free <= 96 * 1024; free += 4096) {
      const directory = join(folder, `data${free}`)
      const storage = new FileStorage({ directory })
      await storage.save("a", old)
      fill(filler, free)
      for (const act of [
        () => storage.save("a", fresh),
        () => storage.save("a", fresh, { version: true, backup: true }),
        async () => storage.saveSync("a", fresh),
        () => storage.update("a", () => fresh),
      ]) {
        const before = await storage.load("a")
        const error = await act().catch((reason: unknown) => reason)
        if (PersistError.is(error)) {
          full++
          expect((error.cause as { code: string }).code).toBe("ENOSPC")
          expect(await storage.load("a")).toBe(before)
        } else {
          done++
          expect(await storage.load("a")).toBe(fresh)
        }
      }
      await storage.close()
      rmSync(filler)
      rmSync(directory, { recursive: true })
    }
    expect(full).toBeGreaterThan(5)
    expect(done).toBeGreaterThan(5)
  })

  test.runIf(isMounted)("deletes all the same, which makes room", async () => {
    const { folder } = disk as { readonly folder: string }
    const filler = join(folder, "filler")
    const storage = new FileStorage({ directory: join(folder, "data") })
    await storage.save("a", "o".repeat(20_000), { version: true })
    await storage.save("b", "kept")
    // Nor has it a lock's record from before.
    await storage.close()
    fill(filler, 0)
    const full = new FileStorage({ directory: storage.directory })
    const saved = full.save("b", "n".repeat(20_000))
    await expect(saved).rejects.toMatchObject({ cause: { code: "ENOSPC" } })
    expect(await full.delete("a", { history: true })).toBe(true)
    await full.save("b", "n".repeat(20_000))
    expect(await full.list()).toEqual(["b"])
    await full.close()
    expect(leftovers(storage.directory)).toEqual([])
    rmSync(filler)
  })
})

describe.each(["ENOSPC", "EDQUOT"])("a delete where a lock's record is refused with %s", (code) => {
  /** A storage with two values in which no file can be made. */
  async function withoutRoom(whenLinked?: (value: string) => void) {
    const directory = join(temporaryFolder(), "data")
    await using before = new FileStorage({ directory, durability: "none" })
    await before.save("a", 1)
    await before.save("b", 2)
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "openSync" && call.values[1] === "wx") throw systemError(code, call)
      if (call.name === "linkSync") whenLinked?.(String(call.values[0]))
    })
    return new FileStorage({ directory, durability: "none", fileSystem })
  }

  test("needs none, and holds the key all the same", async () => {
    await using storage = await withoutRoom()
    const { revision } = (await storage.stat("a"))!
    const late = storage.delete("a", { ifRevision: "another" })
    await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(await storage.delete("a", { ifRevision: revision })).toBe(true)
    expect(await storage.list()).toEqual(["b"])
    expect(leftovers(storage.directory)).toEqual([])
  })

  test("leaves no lock behind where the value was replaced a moment before", async () => {
    await using storage = await withoutRoom((value) => {
      writeFileSync(`${value}.new`, "3")
      renameSync(`${value}.new`, value)
    })
    expect(await storage.delete("a")).toBe(true)
    expect(await storage.list()).toEqual(["b"])
    expect(leftovers(storage.directory)).toEqual([])
  })

  test("fails while somebody else holds the key", async () => {
    await using storage = await withoutRoom()
    const name = hash("sha256", Buffer.from("a", "utf16le"), "hex").slice(0, 24)
    const held = await lock(join(storage.directory, ".persist", "locks", name))
    await expect(storage.delete("a")).rejects.toMatchObject({ cause: { code: nodeCode(code) } })
    expect(await storage.load("a")).toBe(1)
    held.assertHeld()
    held.release()
  })
})
