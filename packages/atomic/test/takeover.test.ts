import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type Lock, lock, lockSync, nodeFileSystem, PersistError } from "../src/index.ts"
import { Contest } from "../src/locks/contest.ts"
import { inspect } from "../src/locks/inspection.ts"
import { removeLock } from "../src/locks/remove-lock.ts"
import { takeOver } from "../src/locks/takeover.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"
import { deadRecord, foreignRecord } from "./support/records.ts"
import { runSchedule } from "./support/schedule.ts"

describe("taking over a lock", () => {
  test("removes the empty folder that proper-lockfile leaves, and no folder that holds anything", () => {
    const lockFile = join(temporaryFolder(), "data.lock")
    fs.mkdirSync(lockFile)
    fs.writeFileSync(join(lockFile, "mine"), "precious")
    const full = inspect(nodeFileSystem, lockFile)!
    expect(takeOver(nodeFileSystem, lockFile, full)).toBe(false)
    removeLock(nodeFileSystem, lockFile, () => true)
    expect(fs.readFileSync(join(lockFile, "mine"), "utf8")).toBe("precious")
    expect(fs.readdirSync(join(lockFile, ".."))).toEqual(["data.lock"])
    fs.unlinkSync(join(lockFile, "mine"))
    expect(takeOver(nodeFileSystem, lockFile, inspect(nodeFileSystem, lockFile)!)).toBe(true)
    expect(fs.readdirSync(join(lockFile, ".."))).toEqual([])
  })

  test("leaves nothing that names this process where what it did so under cannot be removed", () => {
    const lockFile = join(temporaryFolder(), "data.lock")
    fs.writeFileSync(lockFile, deadRecord())
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "unlinkSync" && /\.break$/.test(String(call.values[0])))
        throw systemError("EIO", call)
    })
    expect(takeOver(fileSystem, lockFile, inspect(fileSystem, lockFile)!)).toBe(true)
    const [left, ...others] = fs.readdirSync(join(lockFile, ".."))
    expect(others).toEqual([])
    expect(left).toMatch(/\.break$/)
    const seen = inspect(nodeFileSystem, join(lockFile, "..", left!))
    expect(seen).toMatchObject({ isAlive: false, record: undefined })
  })

  test("puts back what came to stand there in the moment in which it was moved away", () => {
    const path = join(temporaryFolder(), "data")
    const lockFile = `${path}.lock`
    fs.writeFileSync(lockFile, foreignRecord())
    const stale = inspect(nodeFileSystem, lockFile)!
    let next: Lock | undefined
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "renameSync" || call.values[0] !== lockFile) return
      // The holder was merely slow, and gave it back.
      fs.unlinkSync(lockFile)
      next = lockSync(path)
    })
    takeOver(fileSystem, lockFile, stale)
    next!.assertHeld()
    next!.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("leaves a lock whose holder gave a sign of life after all", () => {
    const lockFile = join(temporaryFolder(), "data.lock")
    const record = foreignRecord()
    fs.writeFileSync(lockFile, record)
    const stale = inspect(nodeFileSystem, lockFile)!
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "linkSync") fs.utimesSync(lockFile, 1_000, 1_000)
    })
    takeOver(fileSystem, lockFile, stale)
    expect(fs.readFileSync(lockFile, "utf8")).toBe(record)
    expect(fs.readdirSync(join(lockFile, ".."))).toEqual(["data.lock"])
  })

  test("never gives it to two, whatever happens between two calls of the first", () => {
    let interruptions = 0
    let bothTried = 0
    for (let index = 0; ; index++) {
      const lockFile = join(temporaryFolder(), "data.lock")
      fs.writeFileSync(lockFile, deadRecord())
      const second = new Contest(nodeFileSystem, lockFile, 2_000)
      let secondHolds: number | undefined
      let wasInterrupted = false
      const fileSystem = interferingFileSystem((call) => {
        if (call.index !== index) return
        wasInterrupted = true
        secondHolds = second.attempt()
      })
      const first = new Contest(fileSystem, lockFile, 2_000)
      const firstHolds = first.attempt()
      if (secondHolds === undefined) secondHolds = second.attempt()
      first.end()
      second.end()
      const holders = [firstHolds, secondHolds].filter((holds) => holds !== undefined)
      expect(holders).toHaveLength(1)
      expect(nodeFileSystem.fstatSync(holders[0]!).ino).toBe(
        nodeFileSystem.lstatSync(lockFile)?.ino,
      )
      expect(fs.readdirSync(join(lockFile, ".."))).toEqual(["data.lock"])
      for (const holder of holders) fs.closeSync(holder)
      if (!wasInterrupted) break
      interruptions++
      if (firstHolds === undefined) bothTried++
    }
    expect(interruptions).toBeGreaterThan(10)
    expect(bothTried).toBeGreaterThan(0)
  })

  test.each([
    ["dead", deadRecord(), 3, 60],
    ["silent and out of sight", foreignRecord(), 1, 400],
  ])(
    "gives it to one of four at a time, the first holder %s, in any order of their calls",
    async (_what, record, schedules, rounds) => {
      for (let seed = 1; seed <= schedules; seed++) {
        const lockFile = join(temporaryFolder(), "data.lock")
        fs.writeFileSync(lockFile, record)
        fs.utimesSync(lockFile, 1_000_000, 1_000_000)
        const result = await runSchedule(lockFile, 4, rounds, seed)
        expect(result.mostHolders, `seed ${seed}`).toBeLessThanOrEqual(1)
        expect(result.steps).toBeGreaterThan(50)
        expect(result.taken).toBeGreaterThan(20)
        expect(
          fs.readdirSync(join(lockFile, "..")).filter((name) => name.endsWith(".tmp")),
        ).toEqual([])
      }
    },
    60_000,
  )

  test("waits for a holder out of sight while it gives signs of life, and takes over when they end", async () => {
    const path = join(temporaryFolder(), "data")
    fs.writeFileSync(`${path}.lock`, foreignRecord("f".repeat(32), 200))
    const descriptor = fs.openSync(`${path}.lock`, "r+")
    const beats = setInterval(() => fs.writeSync(descriptor, "{", 0), 20)
    const early = await lock(path, { timeout: 1_500 }).catch((error) => error)
    expect(PersistError.is(early, "ERR_PERSIST_TIMEOUT")).toBe(true)
    expect(early.message).toContain("on elsewhere")
    clearInterval(beats)
    fs.closeSync(descriptor)
    const held = await lock(path, { timeout: "20s" })
    held.assertHeld()
    held.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("does not take over at first sight, so a machine that just woke up can give a sign", async () => {
    const path = join(temporaryFolder(), "data")
    fs.writeFileSync(`${path}.lock`, foreignRecord("f".repeat(32), 1_000))
    fs.utimesSync(`${path}.lock`, 1_000_000, 1_000_000)
    const error = await lock(path, { timeout: 500 }).catch((error) => error)
    expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
  })

  test("gets past whatever a power cut left as a lock file", async () => {
    const left = ["", "{", "\0".repeat(200), '{"token":7}', "x".repeat(9_000)]
    await Promise.all(
      left.map(async (content) => {
        const path = join(temporaryFolder(), "data")
        fs.writeFileSync(`${path}.lock`, content)
        const error = await lock(path, { timeout: 50 }).catch((error) => error)
        expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
        expect(error.message).toContain("left no name")
        fs.utimesSync(`${path}.lock`, 1_000_000, 1_000_000)
        const held = await lock(path, { timeout: "20s" })
        held.release()
        expect(fs.readdirSync(join(path, ".."))).toEqual([])
      }),
    )
  })

  test("gets past a breaker that a killed process left, and one that nobody knows", async () => {
    for (const [breaker, age] of [
      [deadRecord("b".repeat(32)), 0],
      [foreignRecord("b".repeat(32)), 3_600],
    ] as const) {
      const folder = temporaryFolder()
      fs.writeFileSync(join(folder, "data.lock"), deadRecord("a".repeat(32)))
      const left = join(folder, `.${"a".repeat(32)}.break`)
      fs.writeFileSync(left, breaker)
      fs.utimesSync(left, Date.now() / 1000 - age, Date.now() / 1000 - age)
      const held = await lock(join(folder, "data"), { timeout: "10s" })
      held.release()
      expect(fs.readdirSync(folder)).toEqual([])
    }
  })

  test("needs no second try for a dead holder whose breaker died too", () => {
    const folder = temporaryFolder()
    fs.writeFileSync(join(folder, "data.lock"), deadRecord("a".repeat(32)))
    fs.writeFileSync(join(folder, `.${"a".repeat(32)}.break`), deadRecord("b".repeat(32)))
    fs.writeFileSync(join(folder, `.${"b".repeat(32)}.break`), deadRecord("c".repeat(32)))
    lockSync(join(folder, "data"), { timeout: 0 }).release()
    expect(fs.readdirSync(folder)).toEqual([])
  })

  test("works where there are no hard links", async () => {
    const path = join(temporaryFolder(), "data")
    const fileSystem = interferingFileSystem((call) => {
      if (call.name === "linkSync") throw Object.assign(new Error("no"), { code: "EPERM" })
    })
    fs.writeFileSync(`${path}.lock`, deadRecord())
    const held = await lock(path, { fileSystem })
    held.assertHeld()
    await expect(lock(path, { timeout: 20 })).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
    })
    held.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })
})
