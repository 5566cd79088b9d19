import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { makeFolderSync, nodeFileSystem, syncFolder, syncFolderSync } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"
import { interferingFileSystem } from "./support/interfering-file-system.ts"

/** A file system whose folder syncs end when the test says so. */
function gated() {
  const running: PromiseWithResolvers<void>[] = []
  const fileSystem = interferingFileSystem(({ name }) => {
    if (name !== "fsync") return
    const gate = Promise.withResolvers<void>()
    running.push(gate)
    return () => gate.promise
  })
  return { fileSystem, running }
}

describe("syncFolder", () => {
  // By this clock every sync is slow, so all wait in threads, where they can be held.
  beforeEach(() => {
    let now = 0
    vi.spyOn(performance, "now").mockImplementation(() => (now += 10))
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test("shares one sync among all who came while another ran, and none with that one", async () => {
    const folder = temporaryFolder()
    const { fileSystem, running } = gated()
    const done: string[] = []
    const call = (name: string) => syncFolder(folder, { fileSystem }).then(() => done.push(name))
    const first = call("first")
    await settle()
    const late = [call("second"), call("third"), call("fourth")]
    await settle()
    expect(running).toHaveLength(1)
    running[0]!.resolve()
    await first
    await settle()
    expect(done).toEqual(["first"])
    expect(running).toHaveLength(2)
    const latest = call("fifth")
    await settle()
    expect(running).toHaveLength(2)
    running[1]!.resolve()
    await Promise.all(late)
    await settle()
    expect(done).toEqual(["first", "second", "third", "fourth"])
    running[2]!.resolve()
    await latest
    expect(running).toHaveLength(3)
  })

  test("shares one sync among all who come in one turn", async () => {
    const folder = temporaryFolder()
    const { fileSystem, running } = gated()
    const all = Promise.all([1, 2, 3].map(() => syncFolder(folder, { fileSystem })))
    await settle()
    expect(running).toHaveLength(1)
    running[0]!.resolve()
    await all
    expect(running).toHaveLength(1)
  })

  test("does not share a failure with those who come later", async () => {
    const folder = temporaryFolder()
    const { fileSystem, running } = gated()
    const first = syncFolder(folder, { fileSystem })
    await settle()
    const second = syncFolder(folder, { fileSystem })
    running[0]!.reject(Object.assign(new Error("EIO"), { code: "EIO" }))
    await expect(first).rejects.toMatchObject({ code: "EIO" })
    await settle()
    running[1]!.resolve()
    await second
    const third = syncFolder(folder, { fileSystem })
    await settle()
    running[2]!.resolve()
    await third
  })

  test("does not mix folders up", async () => {
    const { fileSystem, running } = gated()
    const both = [temporaryFolder(), temporaryFolder()].map((folder) =>
      syncFolder(folder, { fileSystem }),
    )
    await settle()
    expect(running).toHaveLength(2)
    for (const gate of running) gate.resolve()
    await Promise.all(both)
  })

  test("puts the entry of a new folder on the disk once", async () => {
    for (const sync of [
      syncFolder,
      async (...call: Parameters<typeof syncFolder>) => syncFolderSync(...call),
    ]) {
      let syncs = 0
      const fileSystem = interferingFileSystem(({ name }) => {
        if (name === "fsync" || name === "fsyncSync") syncs++
      })
      const folder = join(temporaryFolder(), "new", "newer")
      makeFolderSync(folder, { fileSystem })
      await sync(folder, { fileSystem })
      expect(syncs).toBe(3)
      await sync(folder, { fileSystem })
      expect(syncs).toBe(4)
    }
  })

  test("reports a missing folder", async () => {
    const missing = join(temporaryFolder(), "missing")
    await expect(syncFolder(missing)).rejects.toMatchObject({ code: "ENOENT" })
    expect(() => syncFolderSync(missing)).toThrow(/ENOENT/)
    expect(() => syncFolderSync(temporaryFolder(), { fileSystem: nodeFileSystem })).not.toThrow()
  })
})

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}
