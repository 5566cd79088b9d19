import fs from "node:fs"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { PersistError, stageFileSync, writeFileAtomic, writeFileAtomicSync } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"

const writers = [
  ["writeFileAtomic", writeFileAtomic],
  [
    "writeFileAtomicSync",
    async (...input: Parameters<typeof writeFileAtomicSync>) => writeFileAtomicSync(...input),
  ],
] as const

describe.each(writers)("%s", (_name, write) => {
  test.each(["full", "file", "none"] as const)(
    "replaces a file, durability %s",
    async (durability) => {
      const path = join(temporaryFolder(), "file")
      const first = await write(path, "one", { durability })
      expect(first).toMatchObject({ path, size: 3, replaced: false })
      const second = await write(pathToFileURL(path), "zwei ü", { durability })
      expect(second).toMatchObject({ path, size: 7, replaced: true })
      expect(fs.readFileSync(path, "utf8")).toBe("zwei ü")
      const facts = fs.statSync(path, { bigint: true })
      expect(second).toMatchObject({ ino: facts.ino, dev: facts.dev, mtimeNs: facts.mtimeNs })
      expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
    },
  )

  test("writes every byte that a view looks at, and none beside it", async () => {
    const path = join(temporaryFolder(), "file")
    const memory = new Uint8Array(64).map((_, index) => index)
    const views = [
      memory.subarray(3, 9),
      new Uint16Array(memory.buffer, 2, 5),
      new Float64Array(memory.buffer, 8, 2),
      new DataView(memory.buffer, 1, 7),
      memory.buffer,
      new Uint8Array(0),
      // Of another realm, as test runners and plug-in hosts make them.
      runInNewContext("new Uint16Array([1, 2, 3])") as Uint16Array<ArrayBuffer>,
      runInNewContext("new Uint8Array([1, 2, 3]).buffer") as ArrayBuffer,
    ]
    for (const view of views) {
      await write(path, view)
      const expected = ArrayBuffer.isView(view)
        ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
        : new Uint8Array(view)
      expect(new Uint8Array(fs.readFileSync(path))).toEqual(expected)
    }
  })

  test("keeps the permissions of the file that it replaces, and obeys an explicit mode", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "one")
    for (const mode of [0o600, 0o755, 0o444, 0o4711]) {
      fs.chmodSync(path, mode)
      await write(path, "two")
      expect(fs.statSync(path).mode & 0o7777).toBe(mode)
    }
    const written = await write(path, "three", { mode: 0o642 })
    expect(fs.statSync(path).mode & 0o7777).toBe(0o642)
    expect(written.mode).toBe(0o642)
  })

  test.runIf(process.getuid?.() === 0)("keeps the owner of the file that it replaces", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "one", { mode: 0o640 })
    fs.chownSync(path, 1234, 4321)
    await write(path, "two")
    expect(fs.statSync(path)).toMatchObject({ uid: 1234, gid: 4321 })
    expect(fs.statSync(path).mode & 0o7777).toBe(0o640)
  })

  test.runIf(process.geteuid !== undefined)(
    "shows its content to nobody but the owner before it has the old file's group",
    async () => {
      const path = join(temporaryFolder(), "file")
      await write(path, "one", { mode: 0o640 })
      let seen = 0
      const fileSystem = interferingFileSystem(({ name, values }) => {
        if (name === "lstatSync" && values[0] === path) {
          const facts = fs.lstatSync(path, { bigint: true })
          return () => Object.assign(facts, { gid: facts.gid + 1n })
        }
        if (!name.startsWith("write")) return
        seen++
        expect(fs.fstatSync(values[0] as number).mode & 0o777).toBe(0o600)
      })
      await write(path, "two", { fileSystem })
      await write(path, "three", { fileSystem, mode: 0o644 })
      expect(seen).toBe(2)
      expect(fs.statSync(path).mode & 0o777).toBe(0o644)
    },
  )

  test("creates missing folders", async () => {
    const folder = temporaryFolder()
    await write(join(folder, "a/b/c/file"), "deep")
    expect(fs.readFileSync(join(folder, "a/b/c/file"), "utf8")).toBe("deep")
  })

  test("follows links to where they lead, dangling ones too", async () => {
    const folder = temporaryFolder()
    fs.mkdirSync(join(folder, "real/deep"), { recursive: true })
    fs.writeFileSync(join(folder, "real/file"), "old")
    fs.symlinkSync("real/deep", join(folder, "alias"))
    fs.symlinkSync("../file", join(folder, "real/deep/up"))
    fs.symlinkSync("alias/up", join(folder, "chain"))
    fs.symlinkSync(join(folder, "later/file"), join(folder, "dangling"))
    await write(join(folder, "chain"), "new")
    expect(fs.readFileSync(join(folder, "real/file"), "utf8")).toBe("new")
    expect(fs.lstatSync(join(folder, "chain")).isSymbolicLink()).toBe(true)
    await write(join(folder, "dangling"), "made")
    expect(fs.readFileSync(join(folder, "later/file"), "utf8")).toBe("made")
    expect(fs.lstatSync(join(folder, "dangling")).isSymbolicLink()).toBe(true)
  })

  test("follows a link through another one and back up as the kernel does", async () => {
    const folder = temporaryFolder()
    fs.mkdirSync(join(folder, "real/deep"), { recursive: true })
    fs.symlinkSync("real/deep", join(folder, "alias"))
    fs.writeFileSync(join(folder, "file"), "of nobody's concern")
    fs.writeFileSync(join(folder, "real/file"), "old")
    fs.symlinkSync("alias/../file", join(folder, "link"))
    await write(join(folder, "link"), "new")
    expect(fs.readFileSync(join(folder, "link"), "utf8")).toBe("new")
    expect(fs.readFileSync(join(folder, "real/file"), "utf8")).toBe("new")
    expect(fs.readFileSync(join(folder, "file"), "utf8")).toBe("of nobody's concern")
  })

  test("makes its temporary file where the kernel sees the folder, behind a link and back up", async () => {
    const folder = temporaryFolder()
    fs.mkdirSync(join(folder, "real/deep"), { recursive: true })
    fs.symlinkSync("real/deep", join(folder, "alias"))
    const path = `${folder}/alias/../file`
    const staged = stageFileSync(path, "new", { durability: "none" })
    expect(fs.readdirSync(join(folder, "real")).toSorted()).toHaveLength(2)
    staged.commitSync()
    await write(path, "newer")
    expect(fs.readFileSync(join(folder, "real/file"), "utf8")).toBe("newer")
    expect(fs.readdirSync(folder).toSorted()).toEqual(["alias", "real"])
  })

  test("tells of each link before it follows it, and writes nothing when that is refused", async () => {
    const folder = temporaryFolder()
    fs.symlinkSync("second", join(folder, "first"))
    fs.symlinkSync("made/file", join(folder, "second"))
    const links: string[] = []
    const refusal = new Error("not there")
    const followLink = (link: string) => {
      links.push(basename(link))
      if (links.length === 2) throw refusal
    }
    await expect(write(join(folder, "first"), "new", { followLink })).rejects.toBe(refusal)
    expect(links).toEqual(["first", "second"])
    expect(fs.readdirSync(folder).toSorted()).toEqual(["first", "second"])
    await write(join(folder, "first"), "new", { followLink })
    expect(links).toEqual(["first", "second", "first", "second"])
    expect(fs.readFileSync(join(folder, "made/file"), "utf8")).toBe("new")
    const wrong = { followLink: true } as object
    await expect(write(join(folder, "first"), "", wrong)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })

  test("reports a circle of links as ELOOP", async () => {
    const folder = temporaryFolder()
    fs.symlinkSync("b", join(folder, "a"))
    fs.symlinkSync("a", join(folder, "b"))
    await expect(write(join(folder, "a"), "x")).rejects.toMatchObject({ code: "ELOOP" })
  })

  test("reports a name that is too long as itself, takes the longest, and leaves nothing behind", async () => {
    const folder = temporaryFolder()
    await expect(write(join(folder, "n".repeat(256)), "x")).rejects.toMatchObject({
      code: "ENAMETOOLONG",
    })
    expect(fs.readdirSync(folder)).toEqual([])
    await write(join(folder, "n".repeat(255)), "x")
    expect(fs.readdirSync(folder)).toEqual(["n".repeat(255)])
  })

  test("does not replace a folder, a file on the way, or a device", async () => {
    const folder = temporaryFolder()
    fs.mkdirSync(join(folder, "folder"))
    fs.writeFileSync(join(folder, "file"), "old")
    await expect(write(join(folder, "folder"), "x")).rejects.toMatchObject({ code: "EISDIR" })
    await expect(write(join(folder, "file/inside"), "x")).rejects.toMatchObject({ code: "ENOTDIR" })
    await expect(write("/dev/null", "x")).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    expect(fs.readdirSync(folder).sort()).toEqual(["file", "folder"])
    expect(fs.readFileSync(join(folder, "file"), "utf8")).toBe("old")
  })

  test.each([
    ["an empty path", "", "x", undefined, "ERR_PERSIST_INVALID_ARGUMENT"],
    ["a path with NUL", "a\0b", "x", undefined, "ERR_PERSIST_INVALID_ARGUMENT"],
    [
      "a remote URL",
      new URL("https://example.org/a"),
      "x",
      undefined,
      "ERR_PERSIST_INVALID_ARGUMENT",
    ],
    ["a URL of a host", new URL("file://host/a"), "x", undefined, "ERR_PERSIST_INVALID_ARGUMENT"],
    ["a path that is no text", Object.create(null), "x", undefined, "ERR_PERSIST_INVALID_ARGUMENT"],
    ["content that is a number", "f", 7, undefined, "ERR_PERSIST_INVALID_ARGUMENT"],
    ["content that is null", "f", null, undefined, "ERR_PERSIST_INVALID_ARGUMENT"],
    ["an unknown option", "f", "x", { fsync: false }, "ERR_PERSIST_INVALID_OPTION"],
    ["a wrong durability", "f", "x", { durability: "half" }, "ERR_PERSIST_INVALID_OPTION"],
    ["a wrong mode", "f", "x", { mode: "644" }, "ERR_PERSIST_INVALID_OPTION"],
    ["a wrong signal", "f", "x", { signal: {} }, "ERR_PERSIST_INVALID_OPTION"],
    ["a wrong lock", "f", "x", { lock: 5 }, "ERR_PERSIST_INVALID_OPTION"],
    ["no lock", "f", "x", { lock: null }, "ERR_PERSIST_INVALID_OPTION"],
    ["a wrong check", "f", "x", { beforeCommit: 5 }, "ERR_PERSIST_INVALID_OPTION"],
    [
      "a check that waits",
      "f",
      "x",
      { beforeCommit: async () => Promise.reject(new Error("too late")) },
      "ERR_PERSIST_INVALID_OPTION",
    ],
    ["a wrong file system", "f", "x", { fileSystem: {} }, "ERR_PERSIST_INVALID_OPTION"],
  ])("refuses %s", async (_what, path, content, options, code) => {
    const folder = temporaryFolder()
    const place = typeof path === "string" && path === "f" ? join(folder, path) : path
    const error = await write(place, content as never, options as never).catch((error) => error)
    expect(PersistError.is(error)).toBe(true)
    expect(error.code).toBe(code)
    expect(fs.readdirSync(folder)).toEqual([])
  })

  test("keeps the old file when the signal was aborted before", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "old")
    const reason = new Error("enough")
    const error = await write(path, "new", { signal: AbortSignal.abort(reason) }).catch((e) => e)
    expect(error).toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: reason })
    // Of another realm, such as a simulated browser's.
    const foreign = { aborted: true, reason, addEventListener() {}, removeEventListener() {} }
    await expect(write(path, "new", { signal: foreign as never })).rejects.toMatchObject({
      code: "ERR_PERSIST_ABORTED",
      cause: reason,
    })
    expect(fs.readFileSync(path, "utf8")).toBe("old")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })

  test("keeps the old file when the check before the commit or the lock says no", async () => {
    const path = join(temporaryFolder(), "file")
    await write(path, "old")
    const no = (): void => {
      throw new Error("no")
    }
    await expect(write(path, "new", { beforeCommit: no })).rejects.toThrow("no")
    await expect(write(path, "new", { lock: { assertHeld: no } })).rejects.toThrow("no")
    expect(fs.readFileSync(path, "utf8")).toBe("old")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })
})

describe("writeFileAtomic", () => {
  test("takes effect in the order of the calls", async () => {
    const path = join(temporaryFolder(), "file")
    const seen: string[] = []
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const content = index % 3 === 0 ? String(index).padEnd(300_000) : String(index)
        await writeFileAtomic(path, content, {
          durability: index % 2 === 0 ? "full" : "none",
          beforeCommit: () => seen.push(String(index)),
        })
      }),
    )
    expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => String(index)))
    expect(fs.readFileSync(path, "utf8")).toBe("49")
  })

  test("keeps that order whatever the file is called by", async () => {
    const folder = temporaryFolder()
    fs.mkdirSync(join(folder, "real"))
    fs.symlinkSync("real", join(folder, "alias"))
    const late = "late".padEnd(3_000_000)
    for (const path of ["alias/file", "alias/new/file", "real/../alias/file"]) {
      const real = join(folder, path.replace(/.*alias/, "real"))
      const early = writeFileAtomic(`${folder}/${path}`, late)
      await Promise.all([early, writeFileAtomic(real, "last")])
      expect(fs.readFileSync(real, "utf8")).toBe("last")
      const overtaken = writeFileAtomic(`${folder}/${path}`, late)
      writeFileAtomicSync(real, "sync")
      await overtaken
      expect(fs.readFileSync(real, "utf8")).toBe("sync")
    }
  })

  test("never takes effect after a synchronous write that was asked for later", async () => {
    const path = join(temporaryFolder(), "file")
    const early = [writeFileAtomic(path, "1"), writeFileAtomic(path, "2".repeat(1_000_000))]
    writeFileAtomicSync(path, "3")
    await Promise.all(early)
    expect(fs.readFileSync(path, "utf8")).toBe("3")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
    await writeFileAtomic(path, "4")
    expect(fs.readFileSync(path, "utf8")).toBe("4")
    const late = writeFileAtomic(path, "5".repeat(1_000_000))
    const failing = {
      beforeCommit: () => {
        throw new Error("no")
      },
    }
    expect(() => writeFileAtomicSync(path, "6", failing)).toThrow("no")
    await late
    expect(fs.readFileSync(path, "utf8")[0]).toBe("5")
  })

  test("keeps that order around a write that fails", async () => {
    const path = join(temporaryFolder(), "file")
    const first = writeFileAtomic(path, "1".repeat(5_000_000))
    const second = writeFileAtomic(path, "2", { signal: AbortSignal.abort() })
    const third = writeFileAtomic(path, "3")
    await expect(second).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    await Promise.all([first, third])
    expect(fs.readFileSync(path, "utf8")).toBe("3")
  })

  test("writes a thousand files at once with few of them open", async () => {
    const folder = temporaryFolder()
    let open = 0
    let most = 0
    const fileSystem = interferingFileSystem(({ name, values }) => {
      if (name === "openSync" && values[1] === "wx") most = Math.max(most, ++open)
      if (name === "closeSync") open--
      if (name === "fsync") return () => new Promise(setImmediate)
    })
    const names = Array.from({ length: 1_000 }, (_, index) => `file${index}`)
    await Promise.all(
      names.map((name) =>
        writeFileAtomic(join(folder, name), name, { durability: "file", fileSystem }),
      ),
    )
    expect(fs.readdirSync(folder).sort()).toEqual(names.sort())
    expect(most).toBe(64)
  })

  test("waits while too many files are open", async () => {
    const path = join(temporaryFolder(), "file")
    let refused = 0
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "openSync" && refused < 3) {
        refused++
        throw systemError("EMFILE", call)
      }
    })
    await writeFileAtomic(path, "x", { fileSystem, durability: "file" })
    expect(fs.readFileSync(path, "utf8")).toBe("x")
    expect(refused).toBe(3)
  })

  test("stops waiting for fewer open files when the signal says so", async () => {
    const controller = new AbortController()
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "openSync") return
      controller.abort("enough")
      throw systemError("EMFILE", call)
    })
    const options = { fileSystem, signal: controller.signal }
    const written = writeFileAtomic(join(temporaryFolder(), "file"), "x", options)
    await expect(written).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
  })

  test("writes a stream, text and bytes mixed, larger than any buffer", async () => {
    const path = join(temporaryFolder(), "file")
    const piece = Buffer.alloc(100_000, "b")
    async function* pieces() {
      yield "anfang ü"
      for (let index = 0; index < 50; index++) yield index % 2 === 0 ? piece : "t".repeat(200_000)
    }
    const written = await writeFileAtomic(path, pieces())
    expect(written.size).toBe(9 + 25 * 100_000 + 25 * 200_000)
    expect(fs.statSync(path).size).toBe(written.size)
    await writeFileAtomic(path, ["a", new Uint8Array([98])])
    expect(fs.readFileSync(path, "utf8")).toBe("ab")
  })

  test("keeps the old file when a stream fails, is wrong, or is aborted while it hangs", async () => {
    const path = join(temporaryFolder(), "file")
    await writeFileAtomic(path, "old")
    async function* failing() {
      yield "new"
      throw new Error("source broke")
    }
    const controller = new AbortController()
    async function* hanging() {
      yield "new"
      controller.abort("enough")
      await new Promise(() => {})
    }
    await expect(writeFileAtomic(path, failing())).rejects.toThrow("source broke")
    await expect(writeFileAtomic(path, [1] as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    await expect(
      writeFileAtomic(path, hanging(), { signal: controller.signal }),
    ).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
    expect(fs.readFileSync(path, "utf8")).toBe("old")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["file"])
  })

  test("keeps no piece of a stream that a signal could end", async () => {
    setFlagsFromString("--expose-gc")
    const collect = runInNewContext("gc") as () => void
    const pieces: WeakRef<Uint8Array>[] = []
    let kept = 0
    async function* stream() {
      for (let index = 0; index < 200; index++) {
        const piece = new Uint8Array(64)
        pieces.push(new WeakRef(piece))
        yield piece
      }
      await new Promise(setImmediate)
      collect()
      kept = pieces.filter((piece) => piece.deref() !== undefined).length
    }
    const { signal } = new AbortController()
    await writeFileAtomic(join(temporaryFolder(), "file"), stream(), { signal })
    expect(pieces).toHaveLength(200)
    expect(kept).toBeLessThan(10)
  })
})
