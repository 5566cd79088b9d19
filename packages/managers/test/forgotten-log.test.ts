import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

// On Node 26 an open FileHandle that is collected ends the process; before, it was a warning.
test("a LogManager that nobody closes takes its file along, without a word", async () => {
  const directory = temporaryDirectory()
  const program = join(import.meta.dirname, "programs/forgotten-log.ts")
  const args = ["--expose-gc", program, directory]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect({ stdout, stderr }).toEqual({ stdout: "collected\n", stderr: "" })
  await using logs = new LogManager({ directory })
  expect(await logs.read("app")).toHaveLength(3)
})
