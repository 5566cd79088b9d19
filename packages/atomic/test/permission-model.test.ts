import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "./support/folder.ts"

// Node 22 syncs under its permission model.
const refuses = Number.parseInt(process.versions.node, 10) >= 24

/** Runs `code`, which knows `atomic`, `path` and `tell`, under the permission model; every file is allowed. */
function runRestricted(code: string): unknown {
  const url = JSON.stringify(new URL("../dist/index.js", import.meta.url))
  const path = JSON.stringify(join(temporaryFolder(), "a.txt"))
  const whole = `const atomic = await import(${url}); const path = ${path}
    const tell = ({ code, message, cause }) => ({ code, message, cause: cause?.code })
    console.log(JSON.stringify(await (async () => {${code}})()))`
  const allowed = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*"]
  const args = [...allowed, "--input-type=module", "--eval", whole]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))
}

describe.runIf(refuses)("under Node's permission model", () => {
  test("a write that was to be durable says who refuses, and what to do", () => {
    const outcomes = runRestricted(`
      const writes = [
        () => atomic.writeFileAtomic(path, "new"),
        () => atomic.writeFileAtomicSync(path, "new"),
        () => atomic.syncFolderSync(path.slice(0, -"/a.txt".length)),
      ]
      const outcomes = writes.map(async (write) => await write())
      return await Promise.all(outcomes.map((outcome) => outcome.catch(tell)))
    `)
    const told = {
      code: "ERR_ACCESS_DENIED",
      message: expect.stringMatching(/permission model .* refuses this fsync.* durability: "none"/),
      cause: "ERR_ACCESS_DENIED",
    }
    expect(outcomes).toEqual([told, told, told])
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
