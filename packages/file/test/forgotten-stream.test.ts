import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

// On Node 26 an open FileHandle that is collected ends the process; before, it was a warning.
test("a stream of loadStream that nobody reads is collected without a word", async () => {
  const storage = new FileStorage({ directory: temporaryFolder(), durability: "none" })
  await storage.saveStream("key", ["bytes"])
  const warnings: unknown[] = []
  const note = (warning: unknown) => warnings.push(warning)
  process.on("warning", note)
  const forget = async () => {
    await storage.loadStream("key")
  }
  await forget()
  for (let turn = 0; turn < 20; turn++) {
    collect()
    await new Promise(setImmediate)
  }
  process.off("warning", note)
  expect(warnings).toEqual([])
  await storage.close()
})
