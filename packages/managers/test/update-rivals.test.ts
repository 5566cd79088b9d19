import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test("four processes lose no update of a state, nor of a configuration", async () => {
  const directory = temporaryDirectory()
  const path = join(directory, "configs/app.toml")
  mkdirSync(join(directory, "configs"))
  writeFileSync(path, "# counted by four\na = 0 # first\nb = 0\nc = 0\nd = 0\n")
  const program = join(import.meta.dirname, "programs/update-rival.ts")
  await Promise.all(
    ["a", "b", "c", "d"].map(async (rival) => {
      const child = spawn(process.execPath, [program, directory, rival, "25"], { stdio: "inherit" })
      expect(await once(child, "exit")).toEqual([0, null])
    }),
  )
  await using states = new StateManager({ directory })
  expect(await states.loadState("count")).toEqual({ n: 100 })
  const text = "# counted by four\na = 25 # first\nb = 25\nc = 25\nd = 25\n"
  expect(readFileSync(path, "utf8")).toBe(text)
})
