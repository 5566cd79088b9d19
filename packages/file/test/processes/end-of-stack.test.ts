import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { temporaryFolder } from "../temporary-folder.ts"

const program = fileURLToPath(new URL("end-of-stack.ts", import.meta.url))

test.each(["save", "abort", "delete"])(
  "a %s that begins where the stack ends holds up nobody afterwards",
  async (change) => {
    // One that waits for ever ends the program with code 13.
    const ended = await promisify(execFile)(process.execPath, [program, temporaryFolder(), change])
    const { failed, done } = JSON.parse(ended.stdout) as { failed: number; done: number }
    expect(failed).toBeGreaterThan(0)
    expect(done).toBeGreaterThan(0)
  },
)
