import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test, vi } from "vitest"
import { type FileSystem, lock, lockSync, nodeFileSystem } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"
import { namingFileSystem } from "./support/naming-file-system.ts"
import { numberingFileSystem } from "./support/numbering-file-system.ts"
import { deadRecord } from "./support/records.ts"

const takers = [
  ["lock", lock],
  ["lockSync", async (...input: Parameters<typeof lockSync>) => lockSync(...input)],
] as const

test.each(takers)(
  "%s holds, and gives back, where each name of a file has a number of its own",
  async (_name, take) => {
    const path = join(temporaryFolder(), "data")
    const fileSystem = numberingFileSystem()
    for (let round = 0; round < 2; round++) {
      const held = await take(path, { fileSystem })
      held.assertHeld()
      expect(readdirSync(dirname(path))).toEqual(["data.lock"])
      await expect(lock(path, { timeout: 0 })).rejects.toMatchObject({
        code: "ERR_PERSIST_TIMEOUT",
        details: { holder: { pid: process.pid } },
      })
      held.assertHeld()
      held.release()
      expect(readdirSync(dirname(path))).toEqual([])
    }
  },
)

test.each(takers)(
  "%s holds, and gives back at once, where open files are asked about by name",
  async (_name, take) => {
    const path = join(temporaryFolder(), "data")
    const fileSystem = namingFileSystem()
    for (let round = 0; round < 3; round++) {
      const held = await take(path, { fileSystem })
      held.assertHeld()
      expect(readdirSync(dirname(path))).toEqual(["data.lock"])
      await expect(lock(path, { fileSystem, timeout: 0 })).rejects.toMatchObject({
        code: "ERR_PERSIST_TIMEOUT",
      })
      held.release()
      expect(readdirSync(dirname(path))).toEqual([])
    }
  },
)

test("a lock that cannot be removed where open files are asked about by name names nobody, and is taken over", async () => {
  const path = join(temporaryFolder(), "data")
  const base = namingFileSystem()
  let refused = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "unlinkSync" || call.values[0] !== `${path}.lock`) return
    refused++
    throw systemError("EIO", call)
  }, base)
  const held = await lock(path, { fileSystem })
  held.release()
  expect(refused).toBe(2)
  expect(readFileSync(`${path}.lock`, "utf8").startsWith("-")).toBe(true)
})

test("a lock that somebody else took over just when it was made is not held, whatever its number", async () => {
  const path = join(temporaryFolder(), "data")
  const base = numberingFileSystem()
  const fileSystem: FileSystem = {
    ...base,
    linkSync: (existing, name) => {
      base.linkSync(existing, name)
      nodeFileSystem.unlinkSync(name)
      // Never given back here: what follows must not touch it.
      nodeFileSystem.closeSync(nodeFileSystem.openSync(name, "wx"))
    },
  }
  const held = await lock(path, { fileSystem })
  expect(() => held.assertHeld()).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_LOCK_LOST" }),
  )
  held.release()
  expect(readdirSync(dirname(path))).toEqual(["data.lock"])
})

test("a lock that is held is waited for where linking and creating merely fail, as over SFTP", async () => {
  const path = join(temporaryFolder(), "data")
  const held = await lock(path)
  const fileSystem = interferingFileSystem((call) => {
    const isThere = call.name === "openSync" && call.values[0] === `${path}.lock`
    if (call.name === "linkSync" || (isThere && call.values[1] === "wx"))
      throw systemError("EPERM", call)
  })
  await expect(lock(path, { fileSystem, timeout: 20 })).rejects.toMatchObject({
    code: "ERR_PERSIST_TIMEOUT",
  })
  held.release()
})

test("a lock that is given back just between two failures is taken, where those do not say that it was held", async () => {
  const path = join(temporaryFolder(), "data")
  const held = await lock(path)
  let failures = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name === "linkSync") throw systemError("EPERM", call)
    if (call.name !== "openSync" || call.values[0] !== `${path}.lock`) return
    if (call.values[1] !== "wx" || ++failures > 1) return
    held.release()
    throw systemError("EPERM", call)
  })
  const next = await lock(path, { fileSystem })
  next.assertHeld()
  next.release()
  expect(failures).toBe(2)
  expect(readdirSync(dirname(path))).toEqual([])
})

test("a lock file that cannot be made, though nobody holds the lock, fails with what the system says", async () => {
  const path = join(temporaryFolder(), "data")
  const fileSystem = interferingFileSystem((call) => {
    const isThere = call.name === "openSync" && call.values[0] === `${path}.lock`
    if (call.name === "linkSync" || (isThere && call.values[1] === "wx"))
      throw systemError("EPERM", call)
  })
  await expect(lock(path, { fileSystem })).rejects.toMatchObject({ code: "EPERM" })
  expect(readdirSync(dirname(path))).toEqual([])
})

test.each([
  ["fstatSync", "ENOENT"],
  ["readAllSync", "ESTALE"],
])(
  "a lock that is given back just when a waiter looks at it is taken, where what is open goes with its name (%s: %s)",
  async (name, code) => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    let looked: unknown
    let failures = 0
    const fileSystem = interferingFileSystem((call) => {
      const [file, flags] = call.values
      if (call.name === "openSync" && file === `${path}.lock` && flags === "r")
        return () => {
          looked = nodeFileSystem.openSync(`${path}.lock`, "r")
          return looked
        }
      if (call.name !== name || file !== looked || failures > 0) return
      failures++
      held.release()
      throw systemError(code, call)
    })
    const next = await lock(path, { fileSystem, timeout: 0 })
    next.assertHeld()
    next.release()
    expect(failures).toBe(1)
    expect(readdirSync(dirname(path))).toEqual([])
  },
)

test("the lock of somebody dead is taken over where a file gets another number with another name (mergerfs)", async () => {
  const path = join(temporaryFolder(), "data")
  const fileSystem = numberingFileSystem({ byPath: true })
  writeFileSync(`${path}.lock`, deadRecord())
  const held = await lock(path, { fileSystem, timeout: 0 })
  held.assertHeld()
  held.release()
  expect(readdirSync(dirname(path))).toEqual([])
})

test("a lock that is given back late goes where a file gets another number with another name", async () => {
  const path = join(temporaryFolder(), "data")
  const held = await lock(path, { fileSystem: numberingFileSystem({ byPath: true }) })
  const late = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000)
  held.release()
  late.mockRestore()
  expect(readdirSync(dirname(path))).toEqual([])
})
