import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

// Node 22 syncs under its permission model.
const refuses = Number.parseInt(process.versions.node, 10) >= 24

/** Runs `code`, which knows `FileStorage` and `directory`, under the permission model; every file is allowed. */
function runRestricted(code: string): unknown {
  const url = JSON.stringify(new URL("../dist/index.js", import.meta.url))
  const directory = JSON.stringify(join(temporaryFolder(), "data"))
  const whole = `const { FileStorage } = await import(${url}); const directory = ${directory}
    console.log(JSON.stringify(await (async () => {${code}})()))`
  const allowed = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*"]
  const args = [...allowed, "--input-type=module", "--eval", whole]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))
}

describe.runIf(refuses)("under Node's permission model", () => {
  test("what was to be durable says who refuses, and what to do; without, all works", () => {
    const { values, errors } = runRestricted(`
      const quick = new FileStorage({ directory, durability: "none" })
      await quick.save("a", 1, { version: true })
      const values = [await quick.update("a", (value) => value + 1, { backup: true }), await quick.load("a")]
      const durable = new FileStorage({ directory })
      const works = [
        async () => await durable.save("a", 3),
        async () => durable.saveSync("a", 3),
        async () => await durable.update("a", () => 3),
        async () => await durable.delete("a"),
      ]
      const errors = []
      for (const work of works) {
        await work().catch(({ code, message, cause }) => errors.push({ code, message, cause: cause.code }))
        values.push(await quick.load("a"))
      }
      return { values, errors }
    `) as Record<"values" | "errors", readonly unknown[]>
    // A delete syncs nothing but a folder, which works by a handle.
    expect(values).toEqual([2, 2, 2, 2, 2, null])
    const refused = {
      code: "ERR_PERSIST_IO",
      message: expect.stringMatching(
        /"a".* permission model .* refuses this fsync.* durability: "none"/,
      ),
      cause: "ERR_ACCESS_DENIED",
    }
    expect(errors).toEqual([refused, refused, refused])
  })
})
