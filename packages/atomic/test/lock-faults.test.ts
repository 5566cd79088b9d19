import { once } from "node:events"
import fs from "node:fs"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { type FileSystem, lock, lockSync, nodeFileSystem } from "../src/index.ts"
import { removeLock } from "../src/locks/remove-lock.ts"
import { startCode } from "./support/child.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem, systemError } from "./support/interfering-file-system.ts"

const withoutLinks: FileSystem = {
  ...nodeFileSystem,
  linkSync: (existing) => {
    throw Object.assign(new Error(`EPERM: ${existing}`), { code: "EPERM" })
  },
}

test.each([
  ["EIO", "with hard links", nodeFileSystem],
  ["ENOSPC", "with hard links", nodeFileSystem],
  ["ENOSPC", "without them", withoutLinks],
])(
  "a lock that fails with %s at whatever call, %s, leaves no lock behind that nobody would give back",
  async (code, _links, base) => {
    for (const take of [
      lock,
      async (...input: Parameters<typeof lockSync>) => lockSync(...input),
    ]) {
      for (let index = 0, isOver = false; !isOver; index++) {
        const path = join(temporaryFolder(), "data")
        isOver = true
        const fileSystem = interferingFileSystem((call) => {
          if (call.index !== index) return
          isOver = false
          if (!["unlinkSync", "closeSync", "lstatSync"].includes(call.name))
            throw systemError(code, call)
        }, base)
        const held = await take(path, { fileSystem, timeout: 0 }).catch(() => undefined)
        held?.release()
        lockSync(path, { timeout: 0 }).release()
        expect(fs.readdirSync(join(path, ".."))).toEqual([])
      }
    }
  },
)

test("a lock that cannot be given back no longer names this process, so others get it", async () => {
  const outcomes = ["unlinkSync", "lstatSync"].map(async (name) => {
    const path = join(temporaryFolder(), "data")
    let fails = false
    const fileSystem = interferingFileSystem((call) => {
      if (fails && call.name === name && call.values[0] === `${path}.lock`) {
        throw systemError("EIO", call)
      }
    })
    const held = await lock(path, { fileSystem })
    fails = true
    held.release()
    const error = await lock(path, { timeout: 20 }).catch((error) => error)
    expect(error).toMatchObject({ code: "ERR_PERSIST_TIMEOUT" })
    expect(error.message).toContain("left no name")
    fs.utimesSync(`${path}.lock`, 1_000_000, 1_000_000)
    const next = await lock(path)
    next.assertHeld()
    next.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  })
  await Promise.all(outcomes)
})

test.each(["unlinkSync", "lstatSync"])(
  "a lock outlives one failure of %s: it is neither lost nor left behind",
  async (name) => {
    const path = join(temporaryFolder(), "data")
    let failures = 0
    const fileSystem = interferingFileSystem((call) => {
      if (failures === 0 && call.name === name && call.values[0] === `${path}.lock` && isHeld) {
        failures++
        throw systemError("ESTALE", call)
      }
    })
    let isHeld = false
    const held = await lock(path, { fileSystem })
    isHeld = true
    held.assertHeld()
    held.release()
    expect(failures).toBe(1)
    lockSync(path, { timeout: 0 }).release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  },
)

test("a folder that proper-lockfile left in the lock's place goes with it", () => {
  const path = join(temporaryFolder(), "data.lock")
  fs.mkdirSync(path)
  removeLock(nodeFileSystem, path, () => false)
  expect(fs.readdirSync(join(path, ".."))).toEqual(["data.lock"])
  removeLock(nodeFileSystem, path, () => true)
  expect(fs.readdirSync(join(path, ".."))).toEqual([])
})

test.each(["EIO", "ETIMEDOUT", "EEXIST"])(
  "a lock whose file was linked, though the system answers %s, is held and given back",
  async (code) => {
    const path = join(temporaryFolder(), "data")
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "linkSync") return
      return () => {
        nodeFileSystem.linkSync(String(call.values[0]), String(call.values[1]))
        throw systemError(code, call)
      }
    })
    for (const take of [lock, lockSync]) {
      const held = await take(path, { fileSystem, timeout: 1_000 })
      held.assertHeld()
      held.release()
    }
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  },
)

test.concurrent.for(["before", "at the removal", "so long before that it is lost"])(
  "a lock that was given back while nothing answered is free again soon after the disk does: %s",
  async (when, { onTestFinished }) => {
    const path = join(temporaryFolder(onTestFinished), "data")
    let isDown = false
    let isEnding = false
    const disowned = Promise.withResolvers<void>()
    const fileSystem = interferingFileSystem((call) => {
      isDown ||= isEnding && call.name === "unlinkSync"
      if (isDown) throw systemError("EIO", call)
      if (call.name === "closeSync" && call.values[0] === descriptor) disowned.resolve()
      if (call.name === "linkSync") descriptor = last
      if (call.name !== "openSync") return
      return () => {
        const values = call.values as Parameters<typeof nodeFileSystem.openSync>
        last = nodeFileSystem.openSync(...values)
        return last
      }
    })
    let last: number | undefined
    let descriptor: number | undefined
    const held = await lock(path, { fileSystem, heartbeat: 200 })
    if (when === "at the removal") isEnding = true
    else isDown = true
    if (when.endsWith("lost")) {
      await new Promise((resolve) => held.signal.addEventListener("abort", resolve))
      isDown = false
    }
    held.release()
    if (isDown) {
      const error = await lock(path, { timeout: 20 }).catch((error) => error)
      expect(error.message).toContain("this one")
    }
    isEnding = false
    isDown = false
    await disowned.promise
    fs.utimesSync(`${path}.lock`, 1_000_000, 1_000_000)
    const next = await lock(path)
    next.release()
    expect(fs.readdirSync(join(path, ".."))).toEqual([])
  },
)

test("a lock whose file was linked, though nothing answers from then on, is free again soon after the disk does", async () => {
  const path = join(temporaryFolder(), "data")
  let isDown = false
  const disowned = Promise.withResolvers<void>()
  const fileSystem = interferingFileSystem((call) => {
    if (isDown) throw systemError("EIO", call)
    if (call.name === "closeSync") disowned.resolve()
    if (call.name !== "linkSync") return
    return () => {
      nodeFileSystem.linkSync(String(call.values[0]), String(call.values[1]))
      isDown = true
      throw systemError("EIO", call)
    }
  })
  await expect(lock(path, { fileSystem, heartbeat: 10 })).rejects.toMatchObject({ code: "EIO" })
  isDown = false
  await disowned.promise
  const error = await lock(path, { timeout: 20 }).catch((error) => error)
  expect(error.message).toContain("left no name")
})

test("a lock file that others have removed meanwhile is closed, though its server knows it no more", async () => {
  const path = join(temporaryFolder(), "data")
  let isGone = false
  const closed: unknown[] = []
  const fileSystem = interferingFileSystem((call) => {
    if (isGone && call.name === "closeSync") closed.push(call.values[0])
    else if (isGone) throw systemError("ESTALE", call)
  })
  const held = await lock(path, { fileSystem })
  isGone = true
  held.release()
  expect(closed).toHaveLength(1)
})

test("a lock that could be looked at no more once it was taken, nor removed, names nobody", async () => {
  const path = join(temporaryFolder(), "data")
  let isLinked = false
  const fileSystem = interferingFileSystem((call) => {
    if (isLinked && ["fstatSync", "unlinkSync"].includes(call.name)) throw systemError("EIO", call)
    isLinked ||= call.name === "linkSync"
  })
  await expect(lock(path, { fileSystem })).rejects.toMatchObject({ code: "EIO" })
  const error = await lock(path, { timeout: 20 }).catch((error) => error)
  expect(error.message).toContain("left no name")
})

test("a lock gives a sign of life before it says that it is held, where the last one is long ago", async () => {
  const path = join(temporaryFolder(), "data")
  let signs = 0
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name === "writeSync") signs++
  })
  const held = await lock(path, { fileSystem, heartbeat: 10 })
  signs = 0
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15)
  held.assertHeld()
  expect(signs).toBe(1)
  held.release()
})

test("a lock is lost when it could give no sign of life for five heartbeats, and not before", async () => {
  // Where it must not be lost, the heartbeats are so far apart that a machine which stands still for one misses no five.
  for (const [fails, heartbeat] of [
    [1, 400],
    [Number.POSITIVE_INFINITY, 20],
  ] as const) {
    const path = join(temporaryFolder(), "data")
    const { promise: wellAgain, resolve } = Promise.withResolvers<void>()
    let signs = Number.NEGATIVE_INFINITY
    const fileSystem = interferingFileSystem((call) => {
      if (call.name !== "writeSync") return
      if (++signs > fails) resolve()
      else if (signs > 0) throw systemError("EIO", call)
    })
    const began = performance.now()
    const held = await lock(path, { fileSystem, heartbeat })
    signs = 0
    const lost = once(held.signal, "abort")
    if (fails === 1) {
      await wellAgain
      held.assertHeld()
    } else {
      await lost
      expect(performance.now() - began).toBeGreaterThan(heartbeat * 5 - 5)
    }
    held.release()
  }
})

test("what waits for a disk to answer, so that a lock can be given back, keeps no process alive", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
  const path = join(temporaryFolder(), "data")
  let isDown = false
  const fileSystem = interferingFileSystem((call) => {
    if (isDown) throw systemError("EIO", call)
  })
  const held = await lock(path, { fileSystem })
  const before = timers()
  isDown = true
  held.release()
  expect(timers()).toBeLessThanOrEqual(before)
  isDown = false
})

test("what has been given back, or has become its target, is not looked at again at exit", async () => {
  const path = join(temporaryFolder(), "data")
  const child = startCode(`
    let calls = 0
    const fileSystem = { ...atomic.nodeFileSystem }
    for (const name of ["lstatSync", "unlinkSync"]) {
      fileSystem[name] = (path) => (calls++, atomic.nodeFileSystem[name](path))
    }
    const path = ${JSON.stringify(path)}
    ;(await atomic.lock(path, { fileSystem })).release()
    await atomic.writeFileAtomic(path, "content", { fileSystem })
    atomic.stageFileSync(path, "content", { fileSystem }).discard()
    process.on("exit", () => console.log(calls))
    calls = 0
  `)
  expect((await text(child.stdout)).trim()).toBe("0")
})

test("a lock that was given back at exit leaves whatever has its descriptor by then alone", async () => {
  const path = join(temporaryFolder(), "data")
  fs.writeFileSync(path, "content")
  const child = startCode(`
    import { openSync, readFileSync } from "node:fs"
    const path = ${JSON.stringify(path)}
    // An SMB client must close a lock before it is removed.
    const fileSystem = { ...atomic.nodeFileSystem, kindSync: () => 0xfe534d42 }
    const held = await atomic.lock(path, { fileSystem, heartbeat: 10 })
    process.on("exit", () => {
      const open = Array.from({ length: 8 }, () => openSync(path, "r+"))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30)
      try {
        held.assertHeld()
      } catch (error) {
        console.log(error.code)
      }
      held.release()
      console.log(readFileSync(open[0], "utf8"))
    })
  `)
  expect((await text(child.stdout)).trim()).toBe("ERR_PERSIST_LOCK_LOST\ncontent")
})

test("a lock that is given back at exit goes to nobody of the process that ends, unless by hand", async () => {
  const path = join(temporaryFolder(), "data")
  const child = startCode(`
    const path = ${JSON.stringify(path)}
    const held = await atomic.lock(path)
    const free = await atomic.lock(path + "2")
    atomic.lock(path, { timeout: Infinity }).then(() => console.log("taken"))
    process.on("exit", () => {
      free.release()
      atomic.lockSync(path + "2").release()
      console.log("end")
    })
  `)
  expect((await text(child.stdout)).trim()).toBe("end")
  expect(fs.readdirSync(dirname(path))).toEqual([])
})
