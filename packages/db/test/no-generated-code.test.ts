import { spawnSync } from "node:child_process"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"

const source = pathToFileURL(`${import.meta.dirname}/../src/index.ts`).href

test("SQLite says what to do where a process may generate no code", () => {
  const program = `
    import Database from "better-sqlite3"
    import { DatabaseStorage } from ${JSON.stringify(source)}
    const told = ({ name, code, cause }) => [name, code, cause?.name].join(" ")
    const database = new DatabaseStorage("sqlite::memory:")
    const values = database.storage("values")
    await database.executeSql("select 1 as n").catch((error) => console.log(told(error)))
    await values.save("a", 1).catch((error) => console.log(told(error)))
    try { values.loadSync("a") } catch (error) { console.log(told(error), "\\n" + error.message) }
    const own = new DatabaseStorage({ engine: "sqlite", client: new Database(":memory:") })
    await own.executeSql("select 1 as n").catch((error) => console.log(told(error)))
    await Promise.all([database.close(), own.close()])
  `
  const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "-e", program]
  const { stdout, stderr } = spawnSync(process.execPath, flags, {
    cwd: import.meta.dirname,
    encoding: "utf8",
  })
  expect(stderr).toBe("")
  const lines = stdout.trimEnd().split("\n")
  const message = lines.splice(3, 1)[0]
  expect(lines.map((line) => line.trim())).toEqual(
    Array(4).fill("PersistError ERR_PERSIST_UNSUPPORTED EvalError"),
  )
  expect(message).toContain("start Node without --disallow-code-generation-from-strings")
})
