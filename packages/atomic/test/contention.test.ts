import { once } from "node:events"
import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { lock, withLock } from "../src/index.ts"
import { kill, startCode, startScript } from "./support/child.ts"
import { temporaryFolder } from "./support/folder.ts"

const incrementer = new URL("./support/incrementer.ts", import.meta.url)

describe("a lock between many processes", () => {
  test("loses no increment of eight processes", async () => {
    const path = join(temporaryFolder(), "count")
    fs.writeFileSync(path, "0")
    const children = Array.from({ length: 8 }, () => startScript(incrementer, [path, "60"]))
    for (const child of children) child.stdout.resume()
    const exits = await Promise.all(children.map((child) => once(child, "exit")))
    expect(exits.map(([code]) => code)).toEqual(Array(8).fill(0))
    expect(fs.readFileSync(path, "utf8")).toBe("480")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["count"])
  })

  test("loses no acknowledged increment when holders are killed", async () => {
    const path = join(temporaryFolder(), "count")
    fs.writeFileSync(path, "0")
    let acknowledged = 0
    const start = () => {
      const child = startScript(incrementer, [path, "100000"])
      child.stdout.on("data", (chunk: Buffer) => {
        acknowledged += chunk.length
      })
      return child
    }
    const children = [start(), start(), start()]
    let deaths = 0
    while (deaths < 8) {
      const index = deaths % children.length
      const before = acknowledged
      // Dies in the middle of its work, wherever that is.
      while (acknowledged < before + 2) await once(children[index]!.stdout, "data")
      const closed = once(children[index]!, "close")
      await kill(children[index]!)
      await closed
      deaths++
      children[index] = start()
    }
    await Promise.all(
      children.map(async (child) => {
        const closed = once(child, "close")
        await kill(child)
        await closed
      }),
    )
    const count = await withLock(path, () => Number(fs.readFileSync(path, "utf8")), { timeout: 0 })
    // One of each death may have taken effect without having been acknowledged.
    expect(count).toBeGreaterThanOrEqual(acknowledged)
    expect(count).toBeLessThanOrEqual(acknowledged + deaths + children.length)
    expect(acknowledged).toBeGreaterThan(8)
  })

  test("reaches those who wait, though its holder takes it again and again", async () => {
    const path = join(temporaryFolder(), "data")
    const hog = startCode(
      `console.log("started")
       for (;;) {
         await atomic.withLock(${JSON.stringify(path)}, () => new Promise((done) => setTimeout(done, 25)))
       }`,
    )
    await once(hog.stdout, "data")
    // Without courtesy, a lock that is free for a moment in every 25 ms takes minutes to catch eight times.
    for (let turn = 0; turn < 8; turn++) {
      const held = await lock(path, { timeout: "10s" })
      held.release()
    }
    await kill(hog)
    expect(fs.existsSync(path)).toBe(false)
  })

  test("is never seen half made", async () => {
    const path = join(temporaryFolder(), "data")
    const child = startCode(
      `console.log("started")
       for (;;) {
         await atomic.withLock(${JSON.stringify(path)}, () => {})
         await new Promise(setImmediate)
       }`,
    )
    await once(child.stdout, "data")
    let seen = 0
    while (seen < 500) {
      let record: string
      try {
        record = fs.readFileSync(`${path}.lock`, "utf8")
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOENT" })
        continue
      }
      expect(JSON.parse(record)).toMatchObject({ pid: child.pid })
      seen++
    }
    await kill(child)
  })
})
