import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { PersistError } from "@persist/core"
import { afterAll, describe, expect, test } from "vitest"
import { mountSmallDisk } from "../../../atomic/test/support/small-disk.ts"
import { FileStorage } from "../../src/index.ts"

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

  test.runIf(isMounted)(
    "saves whole, or says ENOSPC and keeps the old value",
    { timeout: 60_000 },
    async () => {
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
    },
  )
})
