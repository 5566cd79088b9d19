import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { describeRedis } from "./support/describe-redis.ts"
import { startRedis } from "./support/redis-process.ts"

const run = promisify(execFile)

describeRedis("the README", () => {
  test("begins with an example that runs, twice", async () => {
    await using server = await startRedis()
    const directory = mkdtempSync(join(tmpdir(), "persist-redis-"))
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
    const example = /```ts.*\n([\s\S]*?)```/.exec(readme)![1]!
    const source = pathToFileURL(join(import.meta.dirname, "../src/index.ts")).href
    const program = example
      .replace('"@persist/redis"', JSON.stringify(source))
      .replace("redis://127.0.0.1:6379", server.url)
    writeFileSync(join(directory, "example.mts"), program)
    for (const visits of [1, 2]) {
      const { stdout, stderr } = await run(process.execPath, ["example.mts"], { cwd: directory })
      expect(stderr).toBe("")
      expect(stdout).toContain("[ 'ada' ]")
      expect(stdout).toContain(` ${visits}\n`)
    }
    rmSync(directory, { recursive: true })
  })
})
