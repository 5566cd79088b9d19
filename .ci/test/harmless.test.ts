import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { installScripts, licenceProblems } from "../check/installed/harmless.ts"

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-ci-test-"))
  await writeFile(join(directory, "binding.gyp"), "{}")
})
afterAll(() => rm(directory, { recursive: true }))

const manifest = { name: "one", version: "1.0.0", license: "MIT" }

describe("installScripts", () => {
  test("finds a script that runs on install, and no other", () => {
    const scripts = { postinstall: "node steal.js", prepare: "husky", test: "vitest" }
    expect(installScripts({ directory: "/nowhere", manifest: { ...manifest, scripts } })).toEqual([
      'one has a script "postinstall": node steal.js',
    ])
  })

  test("finds a binding.gyp that would be built", () => {
    expect(installScripts({ directory, manifest })).toHaveLength(1)
    expect(installScripts({ directory, manifest: { ...manifest, gypfile: false } })).toEqual([])
  })
})

describe("licenceProblems", () => {
  const problems = (license?: string) => {
    const { license: _, ...rest } = manifest
    return licenceProblems({
      directory,
      manifest: license === undefined ? rest : { ...rest, license },
    })
  }

  test("lets permissive licences pass, one of several included", () => {
    expect([...problems("ISC"), ...problems("(GPL-3.0 OR MIT)")]).toEqual([])
  })

  test("finds a licence that binds, and one that is missing", () => {
    expect(problems("GPL-3.0")).toEqual(["one has the licence GPL-3.0"])
    expect(problems()).toEqual(["one names no licence"])
  })
})
