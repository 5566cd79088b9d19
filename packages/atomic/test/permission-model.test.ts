import { execFileSync } from "node:child_process"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "./support/folder.ts"

// Node 22 syncs under its permission model.
const refuses = Number.parseInt(process.versions.node, 10) >= 24

/** Runs `code`, which knows `atomic`, `path` and `tell`, under the permission model; every file is allowed. */
function runRestricted(code: string, path = join(temporaryFolder(), "a.txt")): unknown {
  const url = JSON.stringify(new URL("../dist/index.js", import.meta.url))
  const whole = `const atomic = await import(${url}); const path = ${JSON.stringify(path)}
    const tell = ({ code, message, cause }) => ({ code, message, cause: cause?.code })
    console.log(JSON.stringify(await (async () => {${code}})()))`
  const allowed = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*"]
  const args = [...allowed, "--input-type=module", "--eval", whole]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))
}

describe.runIf(refuses)("under Node's permission model", () => {
  test("what waits in place for the disk says who refuses, and what to do", () => {
    const outcomes = runRestricted(`
      const writes = [
        () => atomic.writeFileAtomicSync(path, "new"),
        () => atomic.syncFolderSync(path.slice(0, -"/a.txt".length)),
      ]
      const outcomes = writes.map(async (write) => await write())
      return await Promise.all(outcomes.map((outcome) => outcome.catch(tell)))
    `)
    const told = {
      code: "ERR_ACCESS_DENIED",
      message: expect.stringMatching(
        /permission model .* refuses .* asynchronous form or durability: "none"/,
      ),
      cause: "ERR_ACCESS_DENIED",
    }
    expect(outcomes).toEqual([told, told])
  })

  test("asynchronous writes are durable: file and folder are synced by handles", () => {
    const path = join(temporaryFolder(), "new", "a.txt")
    const syncs = runRestricted(
      `
      const { open } = await import("node:fs/promises")
      const handle = await open(process.execPath)
      const prototype = Object.getPrototypeOf(handle)
      const { sync } = prototype
      let syncs = 0
      prototype.sync = function () { syncs++; return sync.call(this) }
      await handle.close()
      const counts = []
      for (const content of ["one", "two", "three", Buffer.alloc(100_000), [Buffer.from("in "), "pieces"]]) {
        syncs = 0
        await atomic.writeFileAtomic(path, content)
        counts.push(syncs)
      }
      syncs = 0
      await atomic.writeFileAtomic(path, "last", { durability: "file" })
      return [...counts, syncs]
    `,
      path,
    )
    // The first makes a folder, whose own is synced as well.
    expect(syncs).toEqual([3, 2, 2, 2, 2, 1])
    expect(readFileSync(path, "utf8")).toBe("last")
  })

  test("a file keeps its permissions and takes those that are asked for", () => {
    const path = join(temporaryFolder(), "a.txt")
    runRestricted(
      `
      process.umask(0o022)
      await atomic.writeFileAtomic(path, "old", { mode: 0o666 })
      await atomic.writeFileAtomic(path, "new")
      return "done"
    `,
      path,
    )
    expect([statSync(path).mode & 0o777, readFileSync(path, "utf8")]).toEqual([0o666, "new"])
  })

  test("writes that need not be durable, syncs of folders that may wait, and locks work", () => {
    const outcome = runRestricted(`
      await atomic.syncFolder(path.slice(0, -"/a.txt".length))
      const { size } = await atomic.writeFileAtomic(path, "new", { durability: "none" })
      return [size, await atomic.withLock(path, () => "held")]
    `)
    expect(outcome).toEqual([3, "held"])
  })
})
