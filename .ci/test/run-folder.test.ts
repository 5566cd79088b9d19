import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { describe, expect, test } from "vitest"
import { forgottenRuns } from "../run-folder.ts"
import { temporaryFolder } from "../temporary-folder.ts"

/** Another process that has a run folder in `parent`, with a file and, where that is allowed, a mounted disk in it. */
async function otherRun(parent: string) {
  const program = `
    const { default: runFolder } = await import(${JSON.stringify(import.meta.resolve("../run-folder.ts"))})
    const end = runFolder()
    const { mkdirSync, writeFileSync } = await import("node:fs")
    const { spawnSync } = await import("node:child_process")
    const folder = process.env.TMPDIR
    mkdirSync(folder + "/disk")
    spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder + "/disk"])
    writeFileSync(folder + "/disk/file", "x")
    console.log(folder)
    process.stdin.once("data", () => { end(); process.exit() })`
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    env: { ...process.env, TMPDIR: parent, TEMP: parent, TMP: parent },
    stdio: ["pipe", "pipe", "inherit"],
  })
  const [folder] = (await once(createInterface(child.stdout), "line")) as [string]
  const ended = once(child, "exit")
  return {
    folder,
    end() {
      child.stdin.write("end")
      return ended
    },
    kill() {
      child.kill("SIGKILL")
      return ended
    },
  }
}

describe("the folder of a run", () => {
  test("is where tests make theirs", () => {
    expect(tmpdir()).toMatch(/persist-run-/)
  })

  test.each(["temporary", "with a space", "link"])(
    "goes when the run ends, with what is mounted in it: %s",
    async (name) => {
      const parent = join(temporaryFolder(), name)
      mkdirSync(join(parent, "../real folder"))
      if (name === "link") symlinkSync("real folder", parent)
      else mkdirSync(parent)
      const run = await otherRun(parent)
      expect(existsSync(join(run.folder, "disk/file"))).toBe(true)
      await run.end()
      expect(readdirSync(parent)).toEqual([])
    },
  )

  test("of a killed run is removed by the next one, that of a living one and what is nobody's stay", async () => {
    const parent = temporaryFolder()
    const killed = await otherRun(parent)
    const living = await otherRun(parent)
    mkdirSync(join(parent, "persist-run-begun"))
    writeFileSync(join(parent, "persist-runs"), "")
    await killed.kill()
    // Nor what a link leads to.
    const elsewhere = temporaryFolder()
    symlinkSync(killed.folder, join(elsewhere, "persist-run-linked"))
    expect(forgottenRuns(elsewhere)).toEqual([])
    expect(forgottenRuns(parent)).toEqual([killed.folder])
    const next = await otherRun(parent)
    expect(existsSync(killed.folder)).toBe(false)
    expect(existsSync(join(living.folder, "disk/file"))).toBe(true)
    await Promise.all([next.end(), living.end()])
    expect(readdirSync(parent)).toEqual(["persist-run-begun", "persist-runs"])
  })

  test("of another user's killed run is that user's to remove", async () => {
    const parent = temporaryFolder()
    const killed = await otherRun(parent)
    await killed.kill()
    expect(forgottenRuns(parent)).toEqual([killed.folder])
    if (process.getuid?.() === 0) {
      chownSync(killed.folder, 12_345, 12_345)
      expect(forgottenRuns(parent)).toEqual([])
      chownSync(killed.folder, 0, 0)
    } else console.warn("Only root can give a folder to another user, so that is not tested.")
    await (await otherRun(parent)).end()
    expect(readdirSync(parent)).toEqual([])
  })

  test("that never got its mark is removed after an hour", () => {
    const parent = temporaryFolder()
    const folder = join(parent, "persist-run-unmarked")
    mkdirSync(folder)
    expect(forgottenRuns(parent)).toEqual([])
    const long = new Date(Date.now() - 3_700_000)
    utimesSync(folder, long, long)
    expect(forgottenRuns(parent)).toEqual([folder])
  })
})
