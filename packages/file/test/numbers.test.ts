import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../atomic/test/support/interfering-file-system.ts"
import { namingFileSystem } from "../../atomic/test/support/naming-file-system.ts"
import { numberingFileSystem } from "../../atomic/test/support/numbering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { OwnerRecord } from "../src/writing/owner-record.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const kinds = [
  ["each name of a file has a number of its own", () => numberingFileSystem()],
  ["open files are asked about by name", namingFileSystem],
] as const

test.each(kinds)("saves and updates work, and free their locks, where %s", async (_where, make) => {
  const directory = temporaryFolder()
  const storages = [1, 2].map(() => new FileStorage({ directory, fileSystem: make() }))
  await storages[0]!.save("count", 0, { version: true })
  const counting = Array.from({ length: 20 }, (_, index) =>
    storages[index % 2]!.update<number>("count", (count) => (count ?? 0) + 1, { backup: true }),
  )
  await Promise.all(counting)
  expect(await storages[0]!.load("count")).toBe(20)
  for (const storage of storages) await storage.close()
  expect(readdirSync(join(directory, ".persist", "locks"))).toEqual([])
})

test.each(kinds)("no lock is made of a storage's own record where %s", (_where, make) => {
  const folder = temporaryFolder()
  const record = new OwnerRecord(folder, "owner-1", make())
  expect(record.tryLock(join(folder, "key"))).toBeUndefined()
  // Not for a storage that nobody closes either.
  expect(readdirSync(folder)).toEqual([])
  expect(record.tryLock(join(folder, "key"))).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
})

test("a lock file does not stay where the look at it, or its removal, failed", () => {
  for (const failing of ["lstatSync", "unlinkSync"]) {
    const folder = temporaryFolder()
    let failures = 0
    const fileSystem = interferingFileSystem((call) => {
      const isOwn = String(call.values[0]) === join(folder, "owner-1.lock")
      if (call.name !== failing || isOwn || failures > 0) return
      if (!String(call.values[0]).endsWith(".lock")) return
      failures++
      throw systemError("EIO", call)
    }, numberingFileSystem())
    const record = new OwnerRecord(folder, "owner-1", fileSystem)
    record.tryLock(join(folder, "key"))?.release()
    record.tryLock(join(folder, "key"))?.release()
    record.close()
    expect(failures).toBe(1)
    expect(readdirSync(folder)).not.toContain("key.lock")
  }
})
