import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { FileStorage } from "@persist/file"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const program = join(import.meta.dirname, "programs/list-history.ts")

test("a history is listed in less memory than its checkpoints would take together", async () => {
  const directory = temporaryDirectory()
  await using storage = new FileStorage({ directory, durability: "none" })
  await using states = new StateManager({ storage })
  // Nothing of one is in the next, so that all 48 MB are whole.
  for (let n = 0; n < 48; n++) {
    const text = String.fromCharCode(65 + n).repeat(1_000_000)
    await states.saveState("large", { text }, { checkpoint: true, backup: false })
  }
  const args = ["--max-old-space-size=36", program, directory]
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" })
  expect(stdout).toBe("48 0\n")
})
