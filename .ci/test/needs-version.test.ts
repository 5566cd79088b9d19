import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { needsVersion } from "../check/release/needs-version.ts"

let repository: string
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), "persist-changesets-"))
  await mkdir(join(repository, ".changeset/pre"), { recursive: true })
  await write("config.json", "{}")
  await write("README.md", "about changesets")
})
afterEach(() => rm(repository, { recursive: true }))

function write(name: string, text: string): Promise<void> {
  return writeFile(join(repository, ".changeset", name), text)
}

describe("needsVersion", () => {
  test("says no when nothing waits: a release that failed goes on behind its versions", async () => {
    expect(await needsVersion(repository)).toBe(false)
  })

  test("says yes for a changeset", async () => {
    await write("one-fix.md", "---\n---\n")
    expect(await needsVersion(repository)).toBe(true)
  })

  test("knows what a prerelease has versioned, and when it is to end", async () => {
    await write("pre/one-fix.md", "---\n---\n")
    await write("pre.json", JSON.stringify({ mode: "pre", tag: "next" }))
    expect(await needsVersion(repository)).toBe(false)
    await write("pre.json", JSON.stringify({ mode: "exit", tag: "next" }))
    expect(await needsVersion(repository)).toBe(true)
  })
})
