import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type FileFacts, nodeFileSystem } from "@persist/atomic"
import { expect, test, vi } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { CommitLocks } from "../../src/writing/commit-locks.ts"
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

test("one lock is not taken twice, and is looked at on the disk when it is asserted", () => {
  const folder = temporaryFolder()
  const path = join(folder, "key")
  const record = new OwnerRecord(folder, "owner-1", nodeFileSystem)
  const held = record.tryLock(path)!
  held.assertHeld()
  expect(record.tryLock(path)).toBeUndefined()
  unlinkSync(`${path}.lock`)
  expect(() => held.assertHeld()).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_LOCK_LOST" }),
  )
  held.release()
  record.close()
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  "was held for so long that others may have broken it",
  "was taken before the clock was set back",
  "could not be removed at first",
])("the lock file of somebody else stays when a lock is given back that %s", (what) => {
  const folder = temporaryFolder()
  const path = join(folder, "key")
  const other = new OwnerRecord(folder, "owner-2", nodeFileSystem)
  let next: ReturnType<OwnerRecord["tryLock"]>
  let isLost = false
  const giveToOther = () => {
    unlinkSync(`${path}.lock`)
    next = other.tryLock(path)
  }
  const fileSystem = interferingFileSystem((call) => {
    if (!isLost || call.name !== "unlinkSync") return
    isLost = false
    giveToOther()
    throw systemError("EIO", call)
  })
  const record = new OwnerRecord(folder, "owner-1", fileSystem)
  const isBack = what.includes("set back")
  if (isBack) vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 })
  const held = record.tryLock(path)!
  if (what.startsWith("could")) isLost = true
  else if (isBack) giveToOther()
  else {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 })
    giveToOther()
  }
  if (isBack) vi.useRealTimers()
  held.release()
  vi.useRealTimers()
  next!.assertHeld()
  next!.release()
  record.close()
  other.close()
  expect(readdirSync(folder)).toEqual([])
})

test("a record is looked at again after the clock was set back", () => {
  const folder = temporaryFolder()
  const path = join(folder, "key")
  const record = new OwnerRecord(folder, "owner-1", nodeFileSystem)
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 })
  record.tryLock(path)!.release()
  vi.useRealTimers()
  unlinkSync(join(folder, "owner-1.lock"))
  writeFileSync(join(folder, "owner-1.lock"), "another's")
  expect(record.tryLock(path)).toBeUndefined()
  record.close()
  expect(readdirSync(folder)).toEqual(["owner-1.lock"])
})

test("the lock file of somebody else stays that came while this process slept as it made its own", () => {
  const folder = temporaryFolder()
  const path = join(folder, "key")
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "linkSync" || call.values[1] !== `${path}.lock`) return
    return () => {
      writeFileSync(`${path}.lock`, "another's")
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 })
    }
  })
  const record = new OwnerRecord(folder, "owner-1", fileSystem)
  const held = record.tryLock(path)
  expect(() => held?.assertHeld()).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_LOCK_LOST" }),
  )
  held?.release()
  vi.useRealTimers()
  record.close()
  expect(readdirSync(folder)).toEqual(["key.lock"])
})

test("a lock taken where the disk has no room leaves the lock file of whoever came after it", () => {
  const root = temporaryFolder()
  const locks = new CommitLocks(root, nodeFileSystem)
  mkdirSync(locks.folder, { recursive: true })
  const file = join(root, "a.json")
  writeFileSync(file, "1")
  const done = locks.commitWithoutRoom("a", file, () => {
    const [name] = readdirSync(locks.folder)
    unlinkSync(join(locks.folder, name!))
    writeFileSync(join(locks.folder, name!), "another's")
    return "done"
  })
  expect(done).toBe("done")
  expect(readdirSync(locks.folder)).toHaveLength(1)
  expect(readFileSync(file, "utf8")).toBe("1")
})

test("a synchronous change takes the lock that an asynchronous one has given back", async () => {
  const root = temporaryFolder()
  let links = 0
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name === "linkSync") links++
  })
  const locks = new CommitLocks(root, fileSystem)
  await locks.commit("a", { timeout: 1_000, signal: undefined }, async () => {
    links = 0
    // It is this thread's: nobody could wait for it.
    locks.commitSync("a", () => {})
    expect(links).toBe(0)
  })
  locks.commitSync("a", () => {
    expect(links).toBe(1)
  })
  locks.close()
  expect(readdirSync(locks.folder)).toEqual([])
})

test("a lock of one key that others have taken keeps none of the other keys' locks from being given back", () => {
  const folder = temporaryFolder()
  const record = new OwnerRecord(folder, "owner-1", nodeFileSystem)
  const [lost, held] = ["lost", "held"].map((key) => record.tryLock(join(folder, key))!)
  unlinkSync(join(folder, "lost.lock"))
  expect(() => lost!.assertHeld()).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_LOCK_LOST" }),
  )
  lost!.release()
  record.tryLock(join(folder, "next"))!.release()
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 })
  held!.assertHeld()
  held!.release()
  vi.useRealTimers()
  record.close()
  expect(readdirSync(folder)).toEqual([])
})

test("a synchronous change shares no lock of an asynchronous one that others have taken", async () => {
  const locks = new CommitLocks(temporaryFolder(), nodeFileSystem)
  const taken = () => readdirSync(locks.folder).filter((name) => /^[0-9a-f]{24}\.lock$/.test(name))
  const seen: number[] = []
  await locks.commit("a", { timeout: 0, signal: undefined }, async (held) => {
    locks.commitSync("a", () => seen.push(taken().length))
    unlinkSync(join(locks.folder, taken()[0]!))
    locks.commitSync("a", () => {
      seen.push(taken().length)
      expect(() => held.assertHeld()).toThrow(
        expect.objectContaining({ code: "ERR_PERSIST_LOCK_LOST" }),
      )
    })
  })
  expect(seen).toEqual([1, 1])
  locks.close()
  expect(readdirSync(locks.folder)).toEqual([])
})
