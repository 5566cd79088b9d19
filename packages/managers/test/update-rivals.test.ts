import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PersistError } from "@persist/core"
import { FileStorage } from "@persist/file"
import { expect, test, vi } from "vitest"
import { ConfigManager, StateManager } from "../src/index.ts"
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

test("the time that the first attempt takes counts", async () => {
  let [now, saves] = [0, 0]
  class Taken extends FileStorage {
    override async save(key: string): Promise<never> {
      // Others hold its lock, and have changed it when it is free.
      now += 20_000
      if (++saves > 5) throw new Error("no end")
      throw new PersistError("ERR_PERSIST_CONFLICT", "somebody else", { key })
    }
  }
  using clock = vi.spyOn(performance, "now").mockImplementation(() => now)
  await using storage = new Taken({ directory: temporaryDirectory() })
  const configs = new ConfigManager({ storage })
  const updated = configs.updateConfig("app", { a: 1 }, { timeout: "30s" })
  await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
  expect(saves).toBe(2)
  expect(clock).toHaveBeenCalled()
})
