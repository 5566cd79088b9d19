import { rmSync } from "node:fs"
import { join } from "node:path"
import { nodeFileSystem } from "@persist/atomic"
import { expect, test } from "vitest"
import {
  interferingFileSystem,
  systemError,
} from "../../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../../src/index.ts"
import { canonicalPath, internalFolder } from "../../src/keys/key-path.ts"
import { LongKeys } from "../../src/keys/long-keys.ts"
import { temporaryFolder } from "../temporary-folder.ts"

test("the first save of one waits while too many files are open, as every save does", async () => {
  let refusals = 0
  const fileSystem = interferingFileSystem((call) => {
    if (call.name !== "openSync" || !/\.persist.keys/.test(String(call.values[0]))) return
    if (refusals < 2) {
      refusals++
      throw systemError("EMFILE", call)
    }
  })
  const directory = temporaryFolder()
  await using storage = new FileStorage({ directory, durability: "none", fileSystem })
  const key = "k".repeat(900)
  await storage.save(key, 1)
  expect(await storage.list()).toEqual([key])
  expect(refusals).toBe(2)
})

test("remembers a thousand long keys, however many are saved", () => {
  const root = temporaryFolder()
  const longKeys = new LongKeys(root, { ...nodeFileSystem, fsyncSync() {} })
  const keys = Array.from({ length: 1_500 }, (_, index) => `${"k".repeat(900)}${index}`)
  for (const key of keys) longKeys.keep(key)
  rmSync(join(root, internalFolder), { recursive: true })
  const known = keys.filter((key) => longKeys.keyOf(canonicalPath(key)) === key)
  expect(known.length).toBeLessThanOrEqual(1_000)
})
