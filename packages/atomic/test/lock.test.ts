import { execFileSync } from "node:child_process"
import { getEventListeners, once } from "node:events"
import fs from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { lock, lockSync, PersistError, withLock, writeFileAtomic } from "../src/index.ts"
import { nextTurn, othersTurn } from "../src/turn.ts"
import { kill, startCode, startHolder } from "./support/child.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"

describe("lock", () => {
  test("is a file with its holder's name, and leaves nothing behind", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    expect(held.path).toBe(`${path}.lock`)
    expect(JSON.parse(fs.readFileSync(held.path, "utf8"))).toMatchObject({
      pid: process.pid,
      host: hostname(),
    })
    expect(fs.readdirSync(join(path, ".."))).toEqual(["data.lock"])
    held.assertHeld()
    held.release()
    held.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
    expect(() => held.assertHeld()).toThrow(/released before/)
  })

  test("says in the very moment that it is taken, before anybody else of its thread comes", async () => {
    const path = join(temporaryFolder(), "data")
    const order: string[] = []
    // Else a slow machine may owe others a turn first.
    await nextTurn()
    const held = lock(path, { whenHeld: () => order.push("held") })
    queueMicrotask(() => order.push("somebody else"))
    await held.then((lock) => lock.release())
    expect(order).toEqual(["held", "somebody else"])
    const failing = () => {
      throw new Error("mine")
    }
    await expect(lock(path, { whenHeld: failing })).rejects.toThrow("mine")
    await expect(lock(path, { whenHeld: async () => {} })).rejects.toThrow("returned a promise")
    await expect(withLock(path, undefined as never)).rejects.toThrow("give a function")
    await expect(lock(path, { timeout: null as never })).rejects.toThrow("timeout is null")
    expect(() => lockSync(path, { whenHeld: failing, timeout: 0 })).toThrow("mine")
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("is given back by using", async () => {
    const path = join(temporaryFolder(), "data")
    {
      await using held = await lock(path)
      expect(fs.existsSync(held.path)).toBe(true)
    }
    {
      using held = lockSync(path)
      expect(fs.existsSync(held.path)).toBe(true)
    }
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("creates missing folders, means the same through a link, and takes the longest names", async () => {
    const folder = temporaryFolder()
    fs.symlinkSync("deep/data", join(folder, "alias"))
    const held = await lock(join(folder, "alias"))
    expect(held.path).toBe(join(fs.realpathSync(folder), "deep/data.lock"))
    held.release()
    for (const length of [250, 251, 255]) {
      await withLock(join(folder, "n".repeat(length)), (held) => held.assertHeld())
    }
    expect(fs.readdirSync(folder).sort()).toEqual(["alias", "deep"])
  })

  test("of a folder is one, with or without its slash", async () => {
    const folder = temporaryFolder()
    for (const name of ["there", "missing"]) {
      const path = join(folder, name)
      if (name === "there") fs.mkdirSync(path)
      using held = lockSync(path)
      expect(held.path).toBe(`${path}.lock`)
      for (const other of [`${path}/`, `${path}//`, `${folder}/./${name}/`]) {
        expect(() => lockSync(other, { timeout: 0 })).toThrow(/not free/)
      }
    }
    const inside = join(folder, "there")
    using held = lockSync(`${inside}/.`)
    expect(held.path).toBe(`${inside}.lock`)
  })

  test.runIf(process.platform === "linux")(
    "waits for what is no lock of anybody's, too, without opening it",
    async () => {
      const path = join(temporaryFolder(), "data")
      const puts = [
        () => fs.mkdirSync(`${path}.lock`),
        () => fs.symlinkSync("nowhere", `${path}.lock`),
        () => execFileSync("mkfifo", [`${path}.lock`]),
      ]
      for (const put of puts) {
        put()
        for (const timeout of [0, 50]) {
          const error = await lock(path, { timeout }).catch((error: unknown) => error)
          expect(error).toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
          expect(String(error)).toContain("a holder that left no name")
          expect(() => lockSync(path, { timeout })).toThrow("a holder that left no name")
        }
        fs.rmSync(`${path}.lock`, { recursive: true })
        expect(fs.readdirSync(join(path, ".."))).toEqual([])
      }
    },
  )

  test("goes to those who wait in one process in the order in which they came", async () => {
    const path = join(temporaryFolder(), "data")
    const order: number[] = []
    let inside = 0
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        withLock(path, async () => {
          expect(++inside).toBe(1)
          await new Promise(setImmediate)
          order.push(index)
          inside--
        }),
      ),
    )
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index))
  })

  test("names the holder when time is up, in this process and in another", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    // What is left of a time is seldom a whole number.
    const own = await lock(path, { timeout: 19.25 }).catch((error) => error)
    expect(PersistError.is(own, "ERR_PERSIST_TIMEOUT")).toBe(true)
    expect(own.message).toContain("not free within 20 ms: it is held by")
    expect(own.message).toContain(`this very process (${process.pid}`)
    expect(own.details).toMatchObject({ isThisThread: true })
    expect(() => lockSync(path)).toThrow(/this very process/)
    held.release()

    const child = await startHolder(path)
    for (const timeout of [0, "30ms"] as const) {
      const error = await lock(path, { timeout }).catch((error) => error)
      expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
      expect(error.message).toContain(`process ${child.pid} (thread 0) on ${hostname()}`)
      expect(error.details.holder).toMatchObject({ pid: child.pid, host: hostname(), thread: 0 })
      expect(error.details.isThisThread).toBe(false)
    }
    expect(() => lockSync(path, { timeout: 30 })).toThrow(`process ${child.pid}`)
    await kill(child)
    expect(fs.readdirSync(join(path, ".."))).toEqual(["data.lock"])
  })

  test("goes on at once when its holder was killed, without waiting for a heartbeat", async () => {
    const path = join(temporaryFolder(), "data")
    for (const take of [lock, async () => lockSync(path)] as const) {
      const child = await startHolder(path)
      await kill(child)
      expect(fs.existsSync(`${path}.lock`)).toBe(true)
      const held = await take(path, { timeout: 0 })
      held.assertHeld()
      held.release()
      expect(fs.readdirSync(join(path, ".."))).toEqual([])
    }
  })

  test("is given back when a process exits without releasing, and does not keep it alive", async () => {
    const path = join(temporaryFolder(), "data")
    const child = startCode(`await atomic.lock(${JSON.stringify(path)}); console.log("held")`)
    const [code] = await once(child, "exit")
    expect(code).toBe(0)
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("stays with a stopped process on the same machine, however long it is silent", async () => {
    const path = join(temporaryFolder(), "data")
    const child = await startHolder(path, { heartbeat: 10 })
    child.kill("SIGSTOP")
    const error = await lock(path, { timeout: 400, heartbeat: 10 }).catch((error) => error)
    expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
    await kill(child)
  })

  test("ends the wait when the signal aborts, in line and on disk", async () => {
    const path = join(temporaryFolder(), "data")
    const child = await startHolder(path)
    const controller = new AbortController()
    const waits = [1, 2, 3].map(() => lock(path, { signal: controller.signal }))
    const outcomes = Promise.allSettled(waits)
    await new Promise(setImmediate)
    controller.abort("enough")
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "ERR_PERSIST_ABORTED", cause: "enough" },
      })
    }
    await kill(child)
    const held = await lock(path, { timeout: 1_000 })
    held.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("lets one in at a time, also when its holder fails in whenHeld", async () => {
    const path = join(temporaryFolder(), "data")
    const first = await lock(path)
    const whenHeld = () => {
      throw new Error("mine")
    }
    const failing = lock(path, { whenHeld })
    const failed = expect(failing).rejects.toThrow("mine")
    const others = [lock(path), lock(path)]
    first.release()
    await failed
    for (const other of others) {
      const held = await other
      // Whose place in line is gone would be waited for on the disk, by the thread that it needs itself.
      expect(() => lockSync(path, { timeout: 100 })).toThrow(/within 0 ms: it is held by this very/)
      held.release()
    }
  })

  test("leaves no listener on a signal that never aborts, in line and on disk", async () => {
    const path = join(temporaryFolder(), "data")
    const child = await startHolder(path)
    const { signal } = new AbortController()
    const waits = [1, 2].map(async () => (await lock(path, { signal })).release())
    const late = lock(path, { signal, timeout: 20 })
    await expect(late).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
    await kill(child)
    await Promise.all(waits)
    expect(getEventListeners(signal, "abort")).toEqual([])
  })

  test("waits in line for longer than a timer of Node's can be told to", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    const next = lock(path, { timeout: "60d" })
    // A timer that was told too much fires in the next turn but one.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    held.release()
    ;(await next).release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })

  test("ends the wait when the signal aborts while others have their turn", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    await nextTurn()
    othersTurn()
    const began = performance.now()
    // Longer than a thread may work at a stretch.
    while (performance.now() - began < 15);
    const controller = new AbortController()
    const waiting = lock(path, { signal: controller.signal, timeout: 500 })
    controller.abort("enough")
    await expect(waiting).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
    held.release()
  })

  test("is lost, and says so without throwing from a timer, when its file is removed", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path, { heartbeat: 10 })
    const { signal } = held
    fs.unlinkSync(held.path)
    await once(signal, "abort")
    expect(PersistError.is(signal.reason, "ERR_PERSIST_LOCK_LOST")).toBe(true)
    expect(() => held.assertHeld()).toThrow(/LOCK|taken over/)
    const next = await lock(join(path, "../other"))
    next.release()
    held.release()
  })

  test("waits while too many files are open, and says so in the end", async () => {
    const path = join(temporaryFolder(), "data")
    let refused = 0
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "openSync" || refused === 3) return
      refused++
      throw systemError("EMFILE", call)
    })
    const held = await lock(path, { fileSystem })
    held.release()
    expect(refused).toBe(3)
    const exhausted = interferingFileSystem((call) => {
      if (call.name === "openSync") throw systemError("EMFILE", call)
    })
    await expect(lock(path, { timeout: 20, fileSystem: exhausted })).rejects.toMatchObject({
      code: "EMFILE",
    })
  })

  test("waits for a holder whose record it may not read", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    const blind = interferingFileSystem((call) => {
      if (call.name === "openSync" && call.values[1] === "r") throw systemError("EACCES", call)
    })
    const error = await lock(path, { timeout: 50, fileSystem: blind }).catch((error) => error)
    expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
    expect(error.message).toContain("left no name")
    held.release()
    const next = await lock(path, { timeout: 50, fileSystem: blind })
    next.release()
  })

  test("does not remove the lock that followed it", async () => {
    const path = join(temporaryFolder(), "data")
    const held = await lock(path)
    fs.unlinkSync(held.path)
    fs.writeFileSync(held.path, "somebody else's")
    expect(() => held.assertHeld()).toThrow(PersistError)
    held.release()
    expect(fs.readFileSync(held.path, "utf8")).toBe("somebody else's")
  })

  test("puts back the lock that comes in its place while it is given back late", async () => {
    const path = join(temporaryFolder(), "data")
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "renameSync") return
      fs.unlinkSync(`${path}.lock`)
      fs.writeFileSync(`${path}.lock`, "somebody else's")
    })
    const held = await lock(path, { heartbeat: 10, fileSystem })
    // No heartbeat fits in here.
    const end = performance.now() + 50
    while (performance.now() < end);
    held.release()
    expect(fs.readFileSync(held.path, "utf8")).toBe("somebody else's")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["data.lock"])
  })

  test("keeps a write from taking effect once it is lost", async () => {
    const path = join(temporaryFolder(), "data")
    await writeFileAtomic(path, "old")
    const outcome = withLock(path, async (held) => {
      fs.unlinkSync(held.path)
      await writeFileAtomic(path, "new", { lock: held })
    })
    await expect(outcome).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
    expect(fs.readFileSync(path, "utf8")).toBe("old")
    expect(fs.readdirSync(join(path, ".."))).toEqual(["data"])
  })

  test("tells withLock's caller that it was lost under the work", async () => {
    const path = join(temporaryFolder(), "data")
    const outcome = withLock(path, (held) => fs.unlinkSync(held.path))
    await expect(outcome).rejects.toMatchObject({ code: "ERR_PERSIST_LOCK_LOST" })
    await expect(withLock(path, () => Promise.reject(new Error("mine")))).rejects.toThrow("mine")
    expect(await withLock(path, () => 7)).toBe(7)
  })

  test.each([
    [{ heartbeat: 1 }],
    [{ heartbeat: "2h" }],
    [{ whenHeld: "soon" }],
    [{ timeout: -1 }],
    [{ timeout: "soon" }],
    [{ stale: 5 }],
    [{ signal: {} }],
    [7],
  ])("refuses the options %j", async (options) => {
    const path = join(temporaryFolder(), "data")
    await expect(lock(path, options as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
    expect(() => lockSync(path, options as never)).toThrow(PersistError)
  })
})
