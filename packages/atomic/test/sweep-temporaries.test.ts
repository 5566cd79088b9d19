import { once } from "node:events"
import fs from "node:fs"
import os from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryName } from "../src/files/temporary-name.ts"
import { isTemporaryName, stageFile, sweepTemporaries, writeFileAtomic } from "../src/index.ts"
import { kill, startCode } from "./support/child.ts"
import { temporaryFolder } from "./support/folder.ts"
import { deadRecord, foreignRecord } from "./support/records.ts"

describe("sweepTemporaries", () => {
  test("removes the files of a killed process at once, and none of a living one", async () => {
    const folder = temporaryFolder()
    await writeFileAtomic(join(folder, "file"), "old")
    const ours = await stageFile(join(folder, "file"), "ours")
    const child = startCode(
      `await atomic.stageFile(${JSON.stringify(join(folder, "file"))}, "theirs")
       console.log("staged")
       setInterval(() => {}, 1000)`,
    )
    await once(child.stdout, "data")
    const temporaries = () => fs.readdirSync(folder).filter(isTemporaryName)
    expect(temporaries()).toHaveLength(2)
    expect(sweepTemporaries(folder)).toEqual([])
    await kill(child)
    expect(sweepTemporaries(folder)).toHaveLength(1)
    expect(temporaries()).toEqual([ours.temporary.slice(folder.length + 1)])
    await ours.commit()
    expect(fs.readdirSync(folder)).toEqual(["file"])
    expect(fs.readFileSync(join(folder, "file"), "utf8")).toBe("ours")
  })

  test("happens by itself when a process writes into a folder for the first time", async () => {
    const folder = temporaryFolder()
    const child = startCode(
      `await atomic.stageFile(${JSON.stringify(join(folder, "file"))}, "theirs")
       console.log("staged")
       setInterval(() => {}, 1000)`,
    )
    await once(child.stdout, "data")
    await kill(child)
    expect(fs.readdirSync(folder)).toHaveLength(1)
    const next = startCode(
      `await atomic.writeFileAtomic(${JSON.stringify(join(folder, "file"))}, "new")`,
    )
    await once(next, "close")
    expect(fs.readdirSync(folder)).toEqual(["file"])
  })

  test("judges files whose maker cannot be seen by the clock of the file system", async () => {
    const folder = temporaryFolder()
    const own = await stageFile(join(folder, "file"), "x")
    const name = own.temporary.slice(folder.length + 1)
    own.discard()
    // The same kernel, another space of process numbers.
    const foreign = `${name.slice(0, 6)}vvvv${name.slice(10)}`
    expect(isTemporaryName(foreign)).toBe(true)
    fs.writeFileSync(join(folder, foreign), "x")
    expect(sweepTemporaries(folder)).toEqual([])
    const hourAgo = Date.now() / 1000 - 3_700
    fs.utimesSync(join(folder, foreign), hourAgo, hourAgo)
    expect(sweepTemporaries(folder, { olderThan: "2h" })).toEqual([])
    expect(sweepTemporaries(folder)).toEqual([join(folder, foreign)])
  })

  test("knows that whoever wrote to a local disk before the machine started again is gone", async () => {
    const folder = temporaryFolder()
    const own = await stageFile(join(folder, "file"), "x")
    const name = own.temporary.slice(folder.length + 1)
    own.discard()
    const foreign = join(folder, `.vvvvv${name.slice(6)}`)
    fs.writeFileSync(foreign, "x")
    // Written since: some containers have a boot name of their own.
    expect(sweepTemporaries(folder)).toEqual([])
    const written = Date.now() / 1000 - os.uptime() - 60
    fs.utimesSync(foreign, written, written)
    const options = { olderThan: "1000d" } as const
    const isLocal = [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630].includes(
      fs.statfsSync(folder).type,
    )
    const isKnown = !name.startsWith(".00000")
    expect(sweepTemporaries(folder, options)).toHaveLength(isLocal && isKnown ? 1 : 0)
  })

  test("removes what a process left that died while it broke a lock", () => {
    const folder = temporaryFolder()
    const breaker = join(folder, `.${"0".repeat(32)}.break`)
    fs.writeFileSync(breaker, "x")
    expect(sweepTemporaries(folder)).toEqual([])
    fs.utimesSync(breaker, 1_000_000, 1_000_000)
    expect(sweepTemporaries(folder)).toEqual([breaker])
  })

  test("removes at once what a process left that is seen to be dead, though it was breaking a lock", () => {
    const folder = temporaryFolder()
    const names = ["0", "1", "2"].map((digit) => `.${digit.repeat(32)}.break`)
    fs.writeFileSync(join(folder, names[0]!), deadRecord("1".repeat(32)))
    // Somebody died while breaking the breaker.
    fs.writeFileSync(join(folder, names[1]!), deadRecord())
    fs.writeFileSync(join(folder, names[2]!), foreignRecord())
    expect(sweepTemporaries(folder)).toContain(join(folder, names[0]!))
    expect(fs.readdirSync(folder)).toEqual([names[2]])
  })

  test("leaves everything else alone", () => {
    const folder = temporaryFolder()
    const names = [
      ".tmp",
      "a.tmp",
      `.${"x".repeat(32)}.tmp`,
      `.${"0".repeat(31)}.tmp`,
      `${"0".repeat(32)}.tmp`,
    ]
    for (const name of names) fs.writeFileSync(join(folder, name), "x")
    // The name of a file that a dead process left, but a folder's.
    const own = temporaryName()
    names.push(`${own.slice(0, 17)}${"v".repeat(6)}${own.slice(23)}`)
    fs.mkdirSync(join(folder, names.at(-1)!))
    expect(sweepTemporaries(folder)).toEqual([])
    expect(fs.readdirSync(folder).sort()).toEqual(names.sort())
    expect(sweepTemporaries(join(folder, "missing"))).toEqual([])
    expect(() => sweepTemporaries(folder, { age: 5 } as never)).toThrow(/unknown option/)
    expect(() => sweepTemporaries(folder, { names: 5 } as never)).toThrow(/an iterable of names/)
  })
})
