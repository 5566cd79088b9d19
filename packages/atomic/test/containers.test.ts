import { once } from "node:events"
import fs from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { canIsolate, container, testIsolation } from "../../../.ci/containers.ts"
import { lock, PersistError, sweepTemporaries } from "../src/index.ts"
import { kill, startCode, startHolder, startScript } from "./support/child.ts"
import { temporaryFolder } from "./support/folder.ts"

describe("two containers that share a folder", () => {
  testIsolation()

  test.runIf(canIsolate)(
    "lose no increment, though every process is number 1",
    async () => {
      const path = join(temporaryFolder(), "count")
      fs.writeFileSync(path, "0")
      const script = new URL("./support/incrementer.ts", import.meta.url)
      const children = [1, 2, 3].map(() => startScript(script, [path, "50"], container))
      for (const child of children) child.stdout.resume()
      const exits = await Promise.all(children.map((child) => once(child, "exit")))
      expect(exits.map(([code]) => code)).toEqual([0, 0, 0])
      expect(fs.readFileSync(path, "utf8")).toBe("150")
    },
    60_000,
  )

  test.runIf(canIsolate)(
    "do not take each other's processes for dead, but a silent one's lock in the end",
    async () => {
      const path = join(temporaryFolder(), "data")
      const child = await startHolder(path, { heartbeat: 400 }, container)
      const record = JSON.parse(fs.readFileSync(`${path}.lock`, "utf8"))
      expect(record.pid).toBe(1)
      // Outside, process 1 is another one; it says nothing about this lock.
      const error = await lock(path, { timeout: 2_500 }).catch((error) => error)
      expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
      await kill(child)
      const held = await lock(path, { timeout: "20s" })
      held.assertHeld()
      held.release()
    },
    60_000,
  )

  test.runIf(canIsolate)(
    "do not sweep each other's temporary files while they are fresh",
    async () => {
      const folder = temporaryFolder()
      const child = startCode(
        `const staged = await atomic.stageFile(${JSON.stringify(join(folder, "file"))}, "new")
       console.log("staged")
       process.stdin.once("data", async () => { await staged.commit(); process.exit(0) })`,
        container,
      )
      await once(child.stdout, "data")
      expect(fs.readdirSync(folder)).toHaveLength(1)
      expect(sweepTemporaries(folder)).toEqual([])
      child.stdin.write("go")
      await once(child, "exit")
      expect(fs.readFileSync(join(folder, "file"), "utf8")).toBe("new")
    },
    60_000,
  )

  test.runIf(canIsolate)(
    "tell a holder that was asleep that its lock is lost, without an error from a timer",
    async () => {
      const path = join(temporaryFolder(), "data")
      const child = startCode(
        `const held = await atomic.lock(${JSON.stringify(path)}, { heartbeat: 50 })
         held.signal.addEventListener("abort", () => console.log("signal", held.signal.reason.code))
         console.log("held")
         process.stdin.once("data", async () => {
           const write = atomic.writeFileAtomic(${JSON.stringify(path)}, "late", { lock: held })
           console.log("write", await write.catch((error) => error.code))
           held.release()
           process.exit(0)
         })`,
        container,
      )
      let output = ""
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString()
      })
      await once(child.stdout, "data")
      const inside = Number(
        fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"),
      )
      process.kill(inside, "SIGSTOP")
      const held = await lock(path, { timeout: "20s" })
      process.kill(inside, "SIGCONT")
      child.stdin.write("go")
      const [code] = await once(child, "close")
      expect(output.split("\n").sort()).toEqual([
        "",
        "held",
        "signal ERR_PERSIST_LOCK_LOST",
        "write ERR_PERSIST_LOCK_LOST",
      ])
      expect(code).toBe(0)
      held.assertHeld()
      held.release()
      expect(fs.existsSync(path)).toBe(false)
    },
    60_000,
  )
})
