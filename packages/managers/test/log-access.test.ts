import { chmodSync, chownSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { LogManager } from "../src/index.ts"
import { compressSegment } from "../src/logs/compress-segment.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test.skipIf(process.platform === "win32")(
  "who may read a log stays the same when somebody with another umask, or root, compresses it",
  async () => {
    const directory = temporaryDirectory()
    const folder = join(directory, "logs/app")
    const isRoot = process.getuid?.() === 0
    await using writer = new LogManager({ directory, rotation: { maxSize: 1, compress: false } })
    await writer.append("app", { n: 0 })
    await writer.close()
    const [sealed = ""] = readdirSync(folder)
    chmodSync(join(folder, sealed), 0o640)
    if (isRoot) chownSync(join(folder, sealed), 1234, 1235)
    const before = statSync(join(folder, sealed))

    const umask = process.umask(0o022)
    try {
      await using other = new LogManager({ directory })
      await other.append("app", { n: 1 })
    } finally {
      process.umask(umask)
    }
    const after = statSync(join(folder, `${sealed}.gz`))
    const facts = ({ uid, gid, mode, mtimeMs }: typeof after) => ({ uid, gid, mode, mtimeMs })
    expect(facts(after)).toEqual(facts(before))
  },
)

test.skipIf(process.geteuid?.() !== 0)(
  "a group that may read a log stays, though who compresses it is not the file's owner",
  async () => {
    const directory = temporaryDirectory()
    const folder = join(directory, "logs/app")
    await using writer = new LogManager({ directory, rotation: { maxSize: 1, compress: false } })
    await writer.append("app", { n: 0 })
    await writer.close()
    const [sealed = ""] = readdirSync(folder)
    chmodSync(join(folder, sealed), 0o640)
    chownSync(join(folder, sealed), 1234, 1235)
    for (const one of [directory, join(directory, "logs"), folder]) chmodSync(one, 0o777)

    const groups = process.getgroups!()
    process.setgroups!([1235])
    process.seteuid!(65_534)
    try {
      await compressSegment(join(folder, sealed))
    } finally {
      process.seteuid!(0)
      process.setgroups!(groups)
    }
    const { uid, gid, mode } = statSync(join(folder, `${sealed}.gz`))
    expect([uid, gid, mode & 0o777]).toEqual([65_534, 1235, 0o640])
  },
)

test.skipIf(process.platform === "win32").each([
  ["that only its owner writes", 0o444, 0o777],
  ["that only its owner renames", 0o666, 0o1777],
])(
  "a file of another user %s is left to that user, and nothing is refused for it",
  async (_, mode, folderMode) => {
    const directory = temporaryDirectory()
    const folder = join(directory, "logs/app")
    await using theirs = new LogManager({ directory })
    await theirs.append("app", { n: 0 })
    await theirs.close()
    const [idle = ""] = readdirSync(folder)
    chmodSync(join(folder, idle), mode)
    for (const one of [directory, join(directory, "logs"), folder]) chmodSync(one, folderMode)

    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      await using ours = new LogManager({ directory })
      for (let n = 1; n < 4; n++) await ours.append("app", { n })
      expect((await ours.read("app")).map(({ n }) => n)).toEqual([0, 1, 2, 3])
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
    if (isRoot || mode === 0o444) expect(readdirSync(folder)).toContain(idle)
  },
)
