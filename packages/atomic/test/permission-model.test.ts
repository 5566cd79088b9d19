import { execFileSync } from "node:child_process"
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "./support/folder.ts"
import { refusesHandles, refusesNumbers } from "./support/permission-model.ts"

const isWindows = process.platform === "win32"

/** Runs `code`, which knows `atomic`, `path` and `tell`, under the permission model; every file is allowed. */
function runRestricted(
  code: string,
  path = join(temporaryFolder(), "a.txt"),
  writable = "*",
): unknown {
  const url = JSON.stringify(new URL("../dist/index.js", import.meta.url))
  const whole = `const atomic = await import(${url}); const path = ${JSON.stringify(path)}
    const tell = ({ code, message, cause }) => ({ code, message, cause: cause?.code })
    console.log(JSON.stringify(await (async () => {${code}})()))`
  const allowed = ["--permission", "--allow-fs-read=*", `--allow-fs-write=${writable}`]
  const args = [...allowed, "--input-type=module", "--eval", whole]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))
}

describe.runIf(refusesNumbers)("under Node's permission model", () => {
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
        /permission model .* refuses .* asynchronous form .*or durability: "none"/,
      ),
      cause: "ERR_ACCESS_DENIED",
    }
    expect(outcomes).toEqual([told, told])
  })

  test.runIf(refusesHandles)("asynchronous writes say so where Node syncs nothing at all", () => {
    const outcomes = runRestricted(`
      const writes = [
        () => atomic.writeFileAtomic(path, "new"),
        () => atomic.syncFolder(path.slice(0, -"/a.txt".length)),
      ]
      const outcomes = await Promise.allSettled(writes.map(async (write) => await write()))
      return outcomes.map(({ reason }) => tell(reason))
    `)
    const told = {
      code: "ERR_ACCESS_DENIED",
      message: expect.stringMatching(/refuses to sync \(fsync\).*; use durability: "none"/),
      cause: "ERR_ACCESS_DENIED",
    }
    expect(outcomes).toEqual([told, told])
  })

  test.skipIf(refusesHandles)(
    "asynchronous writes are durable: file and folder are synced by handles",
    () => {
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
      for (const last of [
        () => atomic.writeFileAtomic(path, "last", { durability: "file" }),
        () => atomic.syncFolder(path.slice(0, -"/a.txt".length)),
      ]) {
        syncs = 0
        await last()
        counts.push(syncs)
      }
      return counts
    `,
        path,
      )
      // The first makes a folder, whose own is synced as well.
      expect(syncs).toEqual([3, 2, 2, 2, 2, 1, 1])
      expect(readFileSync(path, "utf8")).toBe("last")
    },
  )

  test("a file keeps its permissions and takes those that are asked for", () => {
    const path = join(temporaryFolder(), "a.txt")
    runRestricted(
      `
      process.umask(0o022)
      const durability = "none"
      await atomic.writeFileAtomic(path, "old", { mode: 0o666, durability })
      await atomic.writeFileAtomic(path, "new", { durability })
      return "done"
    `,
      path,
    )
    expect([statSync(path).mode & 0o777, readFileSync(path, "utf8")]).toEqual([0o666, "new"])
  })

  test("writes that need not be durable and locks work", () => {
    const outcome = runRestricted(`
      const { size } = await atomic.writeFileAtomic(path, "new", { durability: "none" })
      return [size, await atomic.withLock(path, () => "held")]
    `)
    expect(outcome).toEqual([3, "held"])
  })

  // Somebody who may write to the folder puts a link in place of the temporary file.
  const swapping = `
    const fs = (await import("node:fs")).default
    const { dirname, join } = await import("node:path")
    const swapBefore = (name, put) => {
      const real = fs[name]
      fs[name] = (...values) => {
        fs[name] = real
        const temporary = fs.readdirSync(dirname(path)).find((name) => name !== "a.txt")
        fs.unlinkSync(join(dirname(path), temporary))
        put(join(dirname(path), temporary))
        return real(...values)
      }
    }
  `

  test.skipIf(isWindows).each(["*", "folder"])(
    "permissions are given to the file that was written, not to what a link leads to; writable: %s",
    (writable) => {
      const folder = temporaryFolder()
      const path = join(folder, "a.txt")
      writeFileSync(path, "old", { mode: 0o666 })
      chmodSync(path, 0o666)
      chmodSync(folder, 0o777)
      const victim = join(temporaryFolder(), "victim")
      writeFileSync(victim, "secret", { mode: 0o600 })
      const code = `${swapping}
        process.umask(0o022)
        swapBefore("fchmodSync", (temporary) => fs.linkSync(join(dirname(path), "link"), temporary))
        return await atomic.writeFileAtomic(path, "new", { durability: "none" }).then(() => "done", tell)
      `
      symlinkSync(victim, join(folder, "link"))
      const outcome = runRestricted(
        code.replace('!== "a.txt"', '!== "a.txt" && name !== "link"'),
        path,
        writable === "*" ? "*" : folder,
      )
      expect(statSync(victim).mode & 0o777).toBe(0o600)
      if (writable !== "*") expect(outcome).toMatchObject({ code: "ERR_ACCESS_DENIED" })
    },
  )

  test.skipIf(process.platform !== "linux")(
    "permissions that the system refuses are done without, in a shared folder too",
    () => {
      const path = join(temporaryFolder(), "a.txt")
      writeFileSync(path, "old")
      chmodSync(path, 0o666)
      chmodSync(dirname(path), 0o777)
      const code = `
      const fs = (await import("node:fs")).default
      process.umask(0o022)
      fs.chmodSync = () => { throw Object.assign(new Error("refused"), { code: "EPERM" }) }
      return await atomic.writeFileAtomic(path, "new", { durability: "none" }).then(({ mode }) => mode, tell)
    `
      expect(runRestricted(code, path)).toBe(0o644)
    },
  )

  test.skipIf(isWindows)("permissions are carried over by path in a folder of one's own", () => {
    const folder = temporaryFolder()
    const path = join(folder, "a.txt")
    writeFileSync(path, "old")
    chmodSync(path, 0o666)
    chmodSync(folder, 0o755)
    const code = `
      process.umask(0o022)
      return await atomic.writeFileAtomic(path, "new", { durability: "none" }).then(({ mode }) => mode, tell)
    `
    expect(runRestricted(code, path, folder)).toBe(0o666)
  })

  test.skipIf(refusesHandles || isWindows)(
    "a file that was replaced meanwhile is not synced in place of the one that was written",
    () => {
      const outcome = runRestricted(`${swapping}
        swapBefore("fsync", (temporary) => fs.writeFileSync(temporary, "other"))
        swapBefore("fsyncSync", (temporary) => fs.writeFileSync(temporary, "other"))
        return await atomic.writeFileAtomic(path, "new", { durability: "file" }).then(() => "done", tell)
      `)
      expect(outcome).toMatchObject({ code: "ESTALE" })
    },
  )
})
