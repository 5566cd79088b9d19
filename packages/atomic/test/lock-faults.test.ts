import fs from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { lock, lockSync } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"

test.each(["EIO", "ENOSPC"])(
  "a lock that fails with %s at whatever call leaves no lock behind that nobody would give back",
  async (code) => {
    for (const take of [
      lock,
      async (...input: Parameters<typeof lockSync>) => lockSync(...input),
    ]) {
      for (let index = 0, isOver = false; !isOver; index++) {
        const path = join(temporaryFolder(), "data")
        isOver = true
        const fileSystem = interferingFileSystem((call) => {
          if (call.index !== index) return
          isOver = false
          if (!["unlinkSync", "closeSync", "lstatSync"].includes(call.name))
            throw systemError(code, call)
        })
        const held = await take(path, { fileSystem, timeout: 0 }).catch(() => undefined)
        held?.release()
        lockSync(path, { timeout: 0 }).release()
        expect(fs.readdirSync(join(path, ".."))).toEqual([])
      }
    }
  },
)
