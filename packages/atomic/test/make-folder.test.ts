import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { makeFolderSync, syncFolder, writeFileAtomic } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { powerCuts } from "./support/power-cut.ts"
import { Recording } from "./support/recording-file-system.ts"

describe("makeFolderSync", () => {
  test("creates what is missing, also through links, and is content with what is there", () => {
    const folder = temporaryFolder()
    fs.mkdirSync(join(folder, "real"))
    fs.symlinkSync("real", join(folder, "link"))
    for (let time = 0; time < 2; time++) makeFolderSync(join(folder, "link/a/b"))
    makeFolderSync(join(folder, "link"))
    makeFolderSync("/")
    expect(fs.statSync(join(folder, "real/a/b")).isDirectory()).toBe(true)
  })

  test("reports a file in the way", () => {
    const folder = temporaryFolder()
    fs.writeFileSync(join(folder, "file"), "x")
    expect(() => makeFolderSync(join(folder, "file"))).toThrow(/EEXIST/)
    expect(() => makeFolderSync(join(folder, "file/inside"))).toThrow(/ENOTDIR/)
  })

  test.runIf(process.platform === "linux")("gives up where no folder can be made", () => {
    expect(() => makeFolderSync("/proc/persist/a/b")).toThrow(/ENOENT/)
  })

  test.each([
    ["syncFolder", (folder: string, options: object) => syncFolder(join(folder, "a/b"), options)],
    [
      "a durable write in it",
      (folder: string, options: object) => writeFileAtomic(join(folder, "a/b/file"), "x", options),
    ],
    [
      "a durable write in a folder in it, though another one made less durable ones before",
      async (folder: string, options: object) => {
        const none = { ...options, durability: "none" } as const
        await writeFileAtomic(join(folder, "a/b/c/file"), "x", none)
        await writeFileAtomic(join(folder, "a/b/c/other"), "x", options)
      },
    ],
  ])("is made durable by %s", async (_what, settle) => {
    const root = temporaryFolder()
    const recording = new Recording()
    const { fileSystem } = recording
    makeFolderSync(join(root, "a/b"), { fileSystem })
    await settle(root, { fileSystem })
    recording.mark("durable")
    const states = [...powerCuts(recording.operations, { root, random: seededRandom(1) })]
    const after = states.filter(({ notes }) => notes.includes("durable"))
    expect(after.length).toBeGreaterThan(0)
    for (const { folders } of after) expect(folders).toContain("a/b")
    expect(states.some(({ folders }) => !folders.includes("a/b"))).toBe(true)
  })
})
