import { spawnSync } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { publishable, resolvable } from "../check/packed/lint.ts"
import { type PackedPackage, readPacked } from "../check/packed/pack.ts"
import { traceable } from "../check/packed/source-maps.ts"

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-ci-test-"))
})
afterEach(() => rm(directory, { recursive: true }))

async function pack(files: Readonly<Record<string, string>>): Promise<PackedPackage> {
  await mkdir(join(directory, "package"))
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, "package", name), text)
  }
  const tarball = join(directory, "one.tgz")
  spawnSync("tar", ["czf", tarball, "-C", directory, "package"])
  return readPacked(tarball)
}

const manifest = {
  name: "@persist/one",
  version: "1.0.0",
  license: "MIT",
  type: "module",
  repository: { type: "git", url: "git+https://github.com/persist-js/persist.git" },
  engines: { node: ">=22.18" },
  sideEffects: false,
  exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
}
const good = {
  "package.json": JSON.stringify(manifest),
  "index.js": "export const one = 1\n",
  "index.d.ts": "export declare const one: number\n",
}

describe("the gates on tarballs", () => {
  test("let a sound package pass", async () => {
    const one = await pack(good)
    await expect(publishable([one]).run()).resolves.toContain("1 tarballs")
    await expect(resolvable([one]).run()).resolves.toContain("1 tarballs")
  })

  test("stop a package that lacks a file that its manifest names", async () => {
    const { "index.js": _, ...rest } = good
    await expect(publishable([await pack(rest)]).run()).rejects.toThrow("1 complaint")
  })

  test("stop a package whose types cannot be found", async () => {
    const { "index.d.ts": _, ...rest } = good
    const exports = { ".": { types: "./other.d.ts", default: "./index.js" } }
    const one = await pack({ ...rest, "package.json": JSON.stringify({ ...manifest, exports }) })
    await expect(resolvable([one]).run()).rejects.toThrow("yes: @persist/one")
  })

  test("stop a package whose source maps name what is neither in it nor in them", async () => {
    const sources = ["index.js", ".ci/made.ts", "../gone.ts"]
    const map = { version: 3, sources, sourcesContent: [null, "made()", null], mappings: "" }
    const one = await pack({ ...good, "index.js.map": JSON.stringify(map) })
    const failure = await traceable([one])
      .run()
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ details: "package/index.js.map: ../gone.ts" })
  })
})
