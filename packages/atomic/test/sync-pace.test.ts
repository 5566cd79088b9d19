import { describe, expect, test } from "vitest"
import { SyncPace } from "../src/files/sync-pace.ts"
import { writeFileAtomic } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem } from "./support/interfering-file-system.ts"

const file = { descriptor: 0, path: "/file" }

/** A disk whose syncs take as long as the test says, by a clock of its own. */
function disk() {
  const state = { takes: 0.2, now: 0, ways: [] as string[] }
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name !== "fsync" && name !== "fsyncSync") return
    return () => {
      state.ways.push(name === "fsync" ? "thread" : "in place")
      state.now += state.takes
    }
  })
  const pace = new SyncPace(fileSystem, () => state.now)
  const sync = async (mayBlock = true) => {
    await pace.sync(file, mayBlock)
    return state.ways.at(-1)
  }
  return { state, sync, pace }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe("a sync", () => {
  test("waits in a thread until the disk is known to be fast, then in place", async () => {
    const { sync } = disk()
    expect([await sync(), await sync(), await sync()]).toEqual(["thread", "in place", "in place"])
  })

  test("never waits in place on a disk that is slow", async () => {
    const { state, sync } = disk()
    state.takes = 5
    for (let count = 0; count < 100; count++) expect(await sync()).toBe("thread")
  })

  test("goes back to a thread when the disk has become slow, and returns when it is fast again", async () => {
    const { state, sync } = disk()
    await sync()
    state.takes = 300_000
    expect(await sync()).toBe("in place")
    state.takes = 0.2
    await nextTurn()
    const ways = []
    for (let count = 0; count < 40; count++) ways.push(await sync())
    const slow = ways.indexOf("in place")
    expect(slow).toBeGreaterThan(10)
    expect(slow).toBeLessThan(30)
  })

  test("stays in place when a single one takes a little longer, and goes when two do", async () => {
    const { state, sync } = disk()
    await sync()
    const next = async (takes: number) => {
      state.takes = takes
      await nextTurn()
      return await sync()
    }
    for (const takes of [0.2, 4, 0.2, 0.3, 4, 0.2, 2]) expect(await next(takes)).toBe("in place")
    expect(await next(4)).toBe("in place")
    expect(await next(0.2)).toBe("thread")
  })

  test("learns nothing from a thread that waits only so that others get their turn", async () => {
    const { state, sync } = disk()
    await sync()
    let way = await sync()
    while (way === "in place") way = await sync()
    state.takes = 3_000
    expect(await sync()).toBe("thread")
    state.takes = 0.2
    await nextTurn()
    expect(await sync()).toBe("in place")
  })

  test("leaves the event loop its turn", async () => {
    const { state, sync } = disk()
    await sync()
    let turns = 0
    let longest = 0
    let since = state.now
    const look = () => {
      turns++
      longest = Math.max(longest, state.now - since)
      since = state.now
      if (turns < 20) setImmediate(look)
    }
    setImmediate(look)
    while (turns < 20) {
      const way = await sync()
      if (way === "thread") await nextTurn()
    }
    expect(longest).toBeLessThan(6)
  })

  test("waits in a thread while others do, or when it is large", async () => {
    const { pace, state, sync } = disk()
    await sync()
    expect(await sync(false)).toBe("thread")
    const large = pace.sync(file, false)
    const small = pace.sync(file, true)
    await Promise.all([large, small])
    expect(state.ways.slice(-2)).toEqual(["thread", "thread"])
  })

  test("in a thread is not held up by what can wait for its end", async () => {
    const { pace } = disk()
    const done: string[] = []
    const syncing = [pace.sync(file, false), pace.sync(file, false)]
    pace.afterSyncs(() => done.push("later"))
    expect(done).toEqual([])
    await Promise.all(syncing)
    expect(done).toEqual(["later"])
    pace.afterSyncs(() => done.push("now"))
    expect(done).toEqual(["later", "now"])
  })

  test("that fails in place fails the write as one in a thread does", async () => {
    const path = `${temporaryFolder()}/file`
    const ways: string[] = []
    let isBroken = false
    const fileSystem = interferingFileSystem(({ name }) => {
      if (name !== "fsync" && name !== "fsyncSync") return
      return () => {
        ways.push(name)
        if (isBroken) throw Object.assign(new Error("EIO"), { code: "EIO" })
      }
    })
    // However busy the machine is, some of these are fast.
    while (ways.at(-1) !== "fsyncSync") await writeFileAtomic(path, "old", { fileSystem })
    isBroken = true
    await expect(writeFileAtomic(path, "new", { fileSystem })).rejects.toMatchObject({
      code: "EIO",
    })
    isBroken = false
    expect((await writeFileAtomic(path, "newest", { fileSystem })).size).toBe(6)
  })
})
