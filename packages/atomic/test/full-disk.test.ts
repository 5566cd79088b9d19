import fs from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, test } from "vitest"
import { lock, writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { mountSmallDisk } from "./support/small-disk.ts"

const disk = mountSmallDisk(256)
const isMounted = "folder" in disk

describe("on a full disk", () => {
  afterEach(() => {
    if (!("folder" in disk)) return
    for (const name of fs.readdirSync(disk.folder)) fs.rmSync(join(disk.folder, name))
  })

  afterAll(() => {
    if ("folder" in disk) disk.unmount()
  })

  test("a small disk is mounted", (context) => {
    if ("folder" in disk) return expect(fs.statfsSync(disk.folder).bsize).toBeGreaterThan(0)
    const message = `No small disk, so real full disks are not tested (injected ones are): ${disk.reason}`
    if (process.env.CI && !disk.isForbidden) throw new Error(message)
    console.warn(
      disk.isForbidden ? `${message}. This machine or container does not allow mounting.` : message,
    )
    context.skip(message)
  })

  test.runIf(isMounted)(
    "every write succeeds whole, or is ENOSPC with the old file whole",
    async () => {
      const { folder } = disk as { folder: string }
      const path = join(folder, "file")
      const old = Buffer.alloc(20_000, "o")
      await writeFileAtomic(path, old)
      let full = 0
      let done = 0
      for (let free = 0; free <= 64_000; free += 1_500) {
        const filler = join(folder, "filler")
        fs.rmSync(filler, { force: true })
        fill(filler, folder, free)
        const fresh = Buffer.alloc(30_000, "n")
        async function* stream() {
          for (let offset = 0; offset < fresh.length; offset += 7_000) {
            yield fresh.subarray(offset, offset + 7_000)
          }
        }
        const writes = [
          () => writeFileAtomic(path, fresh),
          async () => writeFileAtomicSync(path, fresh),
          () => writeFileAtomic(path, stream(), { durability: "none" }),
        ]
        for (const write of writes) {
          const error = await write().then(
            () => undefined,
            (error: unknown) => error,
          )
          const content = fs.readFileSync(path)
          expect(fs.readdirSync(folder).sort()).toEqual(["file", "filler"])
          if (error === undefined) {
            done++
            expect(content.equals(fresh)).toBe(true)
            fs.rmSync(path)
            writeFileAtomicSync(path, old)
          } else {
            full++
            expect(error).toMatchObject({ code: "ENOSPC" })
            expect(content.equals(old)).toBe(true)
          }
        }
      }
      expect(full).toBeGreaterThan(10)
      expect(done).toBeGreaterThan(10)
    },
  )

  test.runIf(isMounted)("a lock that cannot be taken is ENOSPC, and leaves nothing", async () => {
    const { folder } = disk as { folder: string }
    const filler = join(folder, "filler")
    fill(filler, folder, 0)
    await expect(lock(join(folder, "data"))).rejects.toMatchObject({ code: "ENOSPC" })
    expect(fs.readdirSync(folder)).toEqual(["filler"])
    fs.rmSync(filler)
    const held = await lock(join(folder, "data"))
    held.release()
    expect(fs.readdirSync(folder)).toEqual([])
  })
})

/** Fills the disk up to `free` bytes. */
function fill(path: string, folder: string, free: number): void {
  const { bavail, bsize } = fs.statfsSync(folder)
  const size = Math.max(0, bavail * bsize - free)
  const descriptor = fs.openSync(path, "w")
  try {
    const bytes = Buffer.alloc(size)
    for (let offset = 0; offset < size; ) offset += fs.writeSync(descriptor, bytes, offset)
  } finally {
    fs.closeSync(descriptor)
  }
}
