import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { refusesHandles, refusesNumbers } from "../../atomic/test/support/permission-model.ts"
import { temporaryFolder } from "./temporary-folder.ts"

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

describe.runIf(refusesNumbers)("under Node's permission model", () => {
  test("all that waits works, and is durable where Node syncs anything", () => {
    const values = runRestricted(`
      const storage = new FileStorage({ directory${refusesHandles ? ', durability: "none"' : ""} })
      const long = "k".repeat(900)
      await storage.save("a", 1, { version: true })
      await storage.save(long, "long")
      const values = [await storage.update("a", (value) => value + 1, { backup: true }), await storage.load("a")]
      await storage.saveStream("s", [Buffer.from("in "), Buffer.from("pieces")])
      values.push((await storage.backups("a")).length, (await storage.versions("a")).length, await storage.list())
      await storage.restore("a", (await storage.versions("a"))[0].id)
      values.push(await storage.load("a"), await storage.delete("a"))
      await storage.close()
      return values
    `)
    expect(values).toEqual([2, 2, 1, 1, ["a", "k".repeat(900), "s"], 1, true])
  })

  test("what cannot wait says who refuses, and what to do; without durability it works", () => {
    const { values, errors } = runRestricted(`
      const quick = new FileStorage({ directory, durability: "none" })
      quick.saveSync("a", 1)
      quick.saveSync("k".repeat(900), 1)
      const durable = new FileStorage({ directory })
      const works = [
        async () => durable.saveSync("a", 2),
        async () => await durable.save("a", 3, { fence: 1 }),
      ]
      const values = []
      const errors = []
      for (const work of works) {
        await work().catch(({ code, message, cause }) => errors.push({ code, message, cause: cause.code }))
        values.push(await quick.load("a"))
      }
      return { values, errors }
    `) as Record<"values" | "errors", readonly unknown[]>
    expect(values).toEqual([1, 1])
    const refused = (message: RegExp) => ({
      code: "ERR_PERSIST_IO",
      message: expect.stringMatching(message),
      cause: "ERR_ACCESS_DENIED",
    })
    const inPlace = /"a".* permission model .* refuses .* asynchronous form .*or durability: "none"/
    const atAll = /"a".* permission model .* refuses .* use durability: "none"/
    expect(errors).toEqual([refused(inPlace), refused(refusesHandles ? atAll : inPlace)])
  })
})
