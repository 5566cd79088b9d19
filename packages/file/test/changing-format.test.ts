import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const { lstatSync } = fs
const calls: { lstatSync: unknown } = fs

afterEach(() => {
  calls.lstatSync = lstatSync
  syncBuiltinESMExports()
})

/** Runs `work` once, directly after the next look at `path`. */
function afterLookAt(path: string, work: () => void): void {
  const look = (...parameters: Parameters<typeof lstatSync>) => {
    const facts = lstatSync(...parameters)
    if (parameters[0] !== path) return facts
    calls.lstatSync = lstatSync
    syncBuiltinESMExports()
    work()
    return facts
  }
  calls.lstatSync = look
  syncBuiltinESMExports()
}

test("FileStorage sees a value that another process gives another format between two looks", async () => {
  const directory = join(temporaryFolder(), "data")
  await using storage = new FileStorage({ directory, durability: "none" })
  await using other = new FileStorage({ directory, durability: "none" })
  const looks = [
    () => storage.load("a", { default: "none" }),
    async () => storage.loadSync("a", { default: "none" }),
    async () => ((await storage.exists("a")) ? "new" : "none"),
  ]
  for (const look of looks) {
    await other.saveStream("a", ["bytes"])
    afterLookAt(join(directory, "a.json"), () => other.saveSync("a", "new"))
    expect(await look()).toBe("new")
  }
})
