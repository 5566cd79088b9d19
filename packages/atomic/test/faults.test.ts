import fs from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  type FileSystem,
  nodeFileSystem,
  PersistError,
  writeFileAtomic,
  writeFileAtomicSync,
} from "../src/index.ts"
import { nextTurn } from "../src/waiting.ts"
import { temporaryFolder } from "./support/folder.ts"
import {
  interferingFileSystem,
  nodeCode,
  type SeamCall,
  systemError,
} from "./support/interfering-file-system.ts"

const writers = [
  ["writeFileAtomic", writeFileAtomic],
  [
    "writeFileAtomicSync",
    async (...input: Parameters<typeof writeFileAtomicSync>) => writeFileAtomicSync(...input),
  ],
] as const

// Only tidies up: its failure is nobody's.
const mayFail: ReadonlySet<string> = new Set(["unlinkSync"])

// The names of the calls, whether or not they wait, on a file system where freeing a file takes long.
const replacement = ["open", "write", "fstat", "fsync", "close"]
const rename = ["rename", "realpath", "open", "fsync", "close"]
// The old file is held by a descriptor, which a thread closes in the next turn, so that the rename need not free it.
const heldRename = ["kind", "open", "rename", "open", "fsync", "close", "close"]

describe.each(writers)("%s, when a call fails", (_name, write) => {
  test.each(["ENOSPC", "EIO", "EROFS", "EDQUOT", "EXDEV", "EACCES"])(
    "comes out as %s at whatever step, with the old file whole and no temporary file",
    async (error) => {
      const code = nodeCode(error)
      const calls = await callsOf(write)
      const isSync = write !== writeFileAtomic
      expect(calls.map(({ name }) => name.replace("Sync", ""))).toEqual([
        ...(isSync ? ["lstat"] : ["lstat", "realpath"]),
        ...replacement,
        ...(isSync ? rename : heldRename),
      ])
      const renamed = calls.findIndex(({ name }) => name === "renameSync")
      const kind = calls.findIndex(({ name }) => name === "kindSync")
      for (const { index, name } of calls) {
        const path = join(temporaryFolder(), "file")
        await write(path, "old")
        const fileSystem = slowlyFreeing((call) => {
          if (call.index === index && !mayFail.has(name)) throw systemError(error, call)
        })
        const outcome = await write(path, "new", { fileSystem }).catch((error: unknown) => error)
        // Without the old file in hand it is merely slower, and the name as it was given mostly does.
        const isHold = kind >= 0 && (index === kind || index === kind + 1)
        const isNeeded = !isHold && name !== "realpathSync"
        const isOld = index <= renamed && isNeeded
        expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
        expect(fs.readFileSync(path, "utf8")).toBe(isOld ? "old" : "new")
        if (isOld) expect(outcome).toMatchObject({ code })
        else if (!isNeeded) expect(outcome).toMatchObject({ size: 3 })
        // Folders that cannot be read need not be synced by us, and closing one proves nothing.
        else if (name.startsWith("close") || code === "EACCES")
          expect(outcome).toMatchObject({ size: 3 })
        else {
          expect(PersistError.is(outcome, "ERR_PERSIST_INDETERMINATE")).toBe(true)
          expect(outcome).toMatchObject({ cause: { code }, path })
        }
      }
    },
  )

  test.each([true, false])(
    "says that nobody knows when the disk falls silent at the rename; it took effect: %s",
    async (isDone) => {
      const path = join(temporaryFolder(), "file")
      await write(path, "old")
      let isDown = false
      const fileSystem = interferingFileSystem((call) => {
        if (isDown && !mayFail.has(call.name)) throw systemError("EIO", call)
        if (call.name !== "renameSync") return
        return () => {
          isDown = true
          if (isDone) fs.renameSync(...(call.values as [string, string]))
          throw systemError("ETIMEDOUT", call)
        }
      })
      await expect(write(path, "new", { fileSystem })).rejects.toMatchObject({
        code: "ERR_PERSIST_INDETERMINATE",
        cause: { code: "ETIMEDOUT" },
        path,
      })
      expect(fs.readFileSync(path, "utf8")).toBe(isDone ? "new" : "old")
      expect(fs.readdirSync(dirname(path))).toEqual(["file"])
    },
  )

  test("a rename that was refused for want of rights has failed, though no look is allowed either", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "old")
    let isShut = false
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "renameSync") isShut = true
      if (isShut && !mayFail.has(call.name)) throw systemError("EACCES", call)
    })
    await expect(write(path, "new", { fileSystem })).rejects.toMatchObject({ code: "EACCES" })
    expect(fs.readFileSync(path, "utf8")).toBe("old")
  })

  test("loops over short writes", async () => {
    const path = join(temporaryFolder(), "file")
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
    const short = ([descriptor, bytes, offset, length]: readonly unknown[]) =>
      [descriptor, bytes, offset, Math.min(length as number, 70_001), null] as never
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name === "write") return () => nodeFileSystem.write(...(short(values) as Input))
      if (name === "writeSync") return () => nodeFileSystem.writeSync(...(short(values) as Input))
    })
    await write(path, content, { fileSystem })
    expect(fs.readFileSync(path).equals(content)).toBe(true)
  })

  test("asks for no more at once than Node takes", async () => {
    const path = join(temporaryFolder(), "file")
    // Nobody touches the memory, and the file has holes instead of blocks.
    const content = Buffer.alloc(2 ** 31 + 5)
    let size = 0
    const most = 2 ** 31 - 1
    const take = ([descriptor, , offset, length]: readonly unknown[]) => {
      expect(length).toBeLessThanOrEqual(most)
      expect(offset).toBe(size)
      size += Number(length)
      fs.ftruncateSync(Number(descriptor), size)
      return Number(length)
    }
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name === "writeSync") return () => take(values)
      if (name === "write") return async () => take(values)
    })
    const written = await write(path, content, { fileSystem, durability: "none" })
    expect(written.size).toBe(content.length)
  })

  test("does not trust a write that takes nothing, or a file that is shorter than what was written", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "old")
    const stuck = interferingFileSystem(({ name }) => (name === "writeSync" ? () => 0 : undefined))
    const lying = interferingFileSystem(({ name }) => (name === "writeSync" ? () => 3 : undefined))
    for (const fileSystem of [stuck, lying]) {
      await expect(write(path, "new", { fileSystem })).rejects.toMatchObject({
        code: "ERR_PERSIST_IO",
      })
    }
    expect(fs.readFileSync(path, "utf8")).toBe("old")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })

  test("tries a rename again while its code can pass, and gives up in the end", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "old")
    let failures = 0
    const until = (times: number) => {
      failures = 0
      return interferingFileSystem(
        (call) => {
          if (call.name === "renameSync" && failures < times) {
            failures++
            throw systemError("EPERM", call)
          }
        },
        { ...nodeFileSystem, transientRenameCodes: new Set(["EPERM", "EBUSY", "EACCES"]) },
      )
    }
    await write(path, "new", { fileSystem: until(4) })
    expect(fs.readFileSync(path, "utf8")).toBe("new")
    expect(failures).toBe(4)
    await expect(write(path, "never", { fileSystem: until(Infinity) })).rejects.toMatchObject({
      code: "EPERM",
    })
    expect(failures).toBeGreaterThan(10)
    expect(fs.readFileSync(path, "utf8")).toBe("new")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })

  test("does not try again what cannot pass", async () => {
    const path = join(temporaryFolder(), "file")
    let tries = 0
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "renameSync") return
      tries++
      throw systemError("EXDEV", call)
    })
    await expect(write(path, "x", { fileSystem })).rejects.toMatchObject({ code: "EXDEV" })
    expect(tries).toBe(1)
  })

  test("carries on where a platform cannot sync folders", async () => {
    const path = join(temporaryFolder(), "file")
    for (const code of ["EPERM", "EISDIR", "EINVAL", "ENOTSUP"]) {
      const fileSystem = interferingFileSystem((call) => {
        if (call.name === "openSync" && call.values[1] === "r") throw systemError(code, call)
      })
      await expect(write(path, code, { fileSystem })).resolves.toMatchObject({ size: code.length })
    }
  })

  test("drops borrowed rights when the owner cannot be carried over", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "old", { mode: 0o4755 })
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "lstatSync") {
        return () => Object.assign(fs.lstatSync(path, { bigint: true }), { uid: 4_321n })
      }
      if (call.name === "fchownSync") throw systemError("EPERM", call)
    })
    await write(path, "new", { fileSystem })
    expect(fs.statSync(path).mode & 0o7777).toBe(0o755)
  })

  test.each(["fchownSync", "fchmodSync"])(
    "fails, and keeps the old file, when the disk does not take owner and permissions (%s)",
    async (name) => {
      const path = join(temporaryFolder(), "file")
      await write(path, "old", { mode: 0o604 })
      const fileSystem = interferingFileSystem((call) => {
        if (call.name === "lstatSync" && call.values[0] === path) {
          const facts = fs.lstatSync(path, { bigint: true })
          return () => Object.assign(facts, { uid: facts.uid + 1n, mode: facts.mode ^ 0o100n })
        }
        if (call.name === name) throw systemError("EIO", call)
        if (call.name === "fchownSync") throw systemError("EPERM", call)
      })
      await expect(write(path, "new", { fileSystem })).rejects.toMatchObject({ code: "EIO" })
      expect(fs.readFileSync(path, "utf8")).toBe("old")
      expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
    },
  )

  test("takes another name when its temporary one is taken", async () => {
    const path = join(temporaryFolder(), "file")
    let refused = 0
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "openSync" || call.values[1] !== "wx" || refused === 3) return
      refused++
      throw systemError("EEXIST", call)
    })
    await write(path, "new", { fileSystem })
    expect(refused).toBe(3)
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })
})

test("a folder is synced all the same when too many files are open for a moment", async () => {
  const path = join(temporaryFolder(), "file")
  let refused = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "openSync" || call.values[0] !== dirname(path) || refused === 3) return
    refused++
    throw systemError("EMFILE", call)
  })
  await writeFileAtomic(path, "new", { fileSystem })
  expect(refused).toBe(3)
  expect(fs.readFileSync(path, "utf8")).toBe("new")
})

type Input = Parameters<typeof nodeFileSystem.writeSync>

async function callsOf(
  write: typeof writeFileAtomic | (typeof writers)[1][1],
): Promise<SeamCall[]> {
  const path = join(temporaryFolder(), "file")
  fs.writeFileSync(path, "old")
  const calls: SeamCall[] = []
  const fileSystem = slowlyFreeing((call) => void calls.push(call))
  await write(path, "new", { fileSystem })
  await nextTurn()
  return calls
}

/** Says that it is an ext4, whatever the temporary folder lies on. */
function slowlyFreeing(interfere: (call: SeamCall) => void): FileSystem {
  return interferingFileSystem((call) => {
    interfere(call)
    return call.name === "kindSync" ? () => 0xef53 : undefined
  })
}
