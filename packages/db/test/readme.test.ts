import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"

test("the README's example runs as it stands, twice", () => {
  const directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
  const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!
  const source = pathToFileURL(join(import.meta.dirname, "../src/index.ts")).href
  writeFileSync(
    join(directory, "example.mts"),
    example.replace('"@persist/db"', JSON.stringify(source)),
  )
  for (const age of [37, 37]) {
    const run = spawnSync(process.execPath, ["example.mts"], { cwd: directory, encoding: "utf8" })
    expect(run.stderr).toBe("")
    expect(run.stdout).toContain("ada@example.org")
    expect(run.stdout).toContain(`age: ${age}`)
  }
  rmSync(directory, { recursive: true })
})
