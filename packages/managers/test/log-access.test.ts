import { chmodSync, chownSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { LogManager } from "../src/index.ts"
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
