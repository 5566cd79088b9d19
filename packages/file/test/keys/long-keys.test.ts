import { rmSync } from "node:fs"
import { join } from "node:path"
import { nodeFileSystem } from "@persist/atomic"
import { expect, test } from "vitest"
import { canonicalPath, internalFolder } from "../../src/keys/key-path.ts"
import { LongKeys } from "../../src/keys/long-keys.ts"
import { temporaryFolder } from "../temporary-folder.ts"

test("remembers a thousand long keys, however many are saved", () => {
  const root = temporaryFolder()
  const longKeys = new LongKeys(root, { ...nodeFileSystem, fsyncSync() {} })
  const keys = Array.from({ length: 1_500 }, (_, index) => `${"k".repeat(900)}${index}`)
  for (const key of keys) longKeys.keep(key)
  rmSync(join(root, internalFolder), { recursive: true })
  const known = keys.filter((key) => longKeys.keyOf(canonicalPath(key)) === key)
  expect(known.length).toBeLessThanOrEqual(1_000)
})
