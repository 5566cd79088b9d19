import { readdirSync } from "node:fs"
import { join } from "node:path"
import { type FileFacts, nodeFileSystem } from "@persist/atomic"
import { expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { OwnerRecord } from "../../src/writing/owner-record.ts"
import { temporaryFolder } from "../temporary-folder.ts"

test.each(["ENOSPC", "EMFILE"])(
  "a storage that cannot make a record (%s) takes nobody's lock for its own, whose number its last record had",
  (code) => {
    const folder = temporaryFolder()
    const path = join(folder, "key")
    let lastRecord: FileFacts | undefined
    let canMake = true
    const fileSystem = interferingFileSystem((call) => {
      if (!canMake && call.name === "openSync") throw systemError(code, call)
      if (call.name !== "lstatSync") return
      if (call.values[0] === `${path}.lock`) return () => lastRecord
      if (canMake && call.values[0] === join(folder, "owner-1.lock"))
        return () => {
          lastRecord = nodeFileSystem.lstatSync(join(folder, "owner-1.lock"))
          return lastRecord
        }
    })
    const record = new OwnerRecord(folder, "owner-1", fileSystem)
    record.tryLock(path)?.release()
    record.close()
    const other = new OwnerRecord(folder, "owner-2", nodeFileSystem)
    const held = other.tryLock(path)
    canMake = false
    expect(lastRecord).toBeDefined()
    expect(record.tryLock(path)).toBeUndefined()
    held!.assertHeld()
    held!.release()
    other.close()
    expect(readdirSync(folder)).toEqual([])
  },
)

test("a lock file that was linked, though nothing answers from then on, goes as soon as the disk does", () => {
  const folder = temporaryFolder()
  const path = join(folder, "key")
  let isDown = false
  const fileSystem = interferingFileSystem((call) => {
    if (isDown) throw systemError("EIO", call)
    if (call.name !== "linkSync" || call.values[1] !== `${path}.lock`) return
    return () => {
      nodeFileSystem.linkSync(String(call.values[0]), `${path}.lock`)
      isDown = true
      throw systemError("EIO", call)
    }
  })
  const record = new OwnerRecord(folder, "owner-1", fileSystem)
  expect(record.tryLock(path)).toBeUndefined()
  isDown = false
  expect(readdirSync(folder)).toContain("key.lock")
  record.close()
  expect(readdirSync(folder)).toEqual([])
})
