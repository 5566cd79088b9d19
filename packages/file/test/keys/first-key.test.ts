import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { FileStorage } from "../../src/index.ts"
import { temporaryFolder } from "../temporary-folder.ts"

// Alone in its file: it is about what is remembered of keys, and nothing is yet.
test("a file whose name is nothing but a format is no value of a process that has met no key yet", async () => {
  const directory = temporaryFolder()
  writeFileSync(join(directory, ".json"), "1")
  await using storage = new FileStorage({ directory, durability: "none" })
  expect(await storage.list()).toEqual([])
})
