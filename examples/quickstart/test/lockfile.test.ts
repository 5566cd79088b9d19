import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { readLockfile } from "../src/lockfile.ts"

const text = `lockfileVersion: '9.0'
packages:
  '@scope/one@1.0.0':
    resolution: {integrity: sha512-a}
  two@2.0.0-beta.1:
    resolution: {integrity: sha512-b}
snapshots:
  '@scope/one@1.0.0(two@2.0.0-beta.1)':
    dependencies:
      two: 2.0.0-beta.1
  '@scope/one@1.0.0':
    optionalDependencies:
      '@scope/one': 1.0.0(two@2.0.0-beta.1)
  two@2.0.0-beta.1: {}
`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "persist-lockfile-"))
  await writeFile(join(directory, "pnpm-lock.yaml"), text)
})
afterAll(() => rm(directory, { recursive: true }))

test("readLockfile joins what a package needs with each set of peers", async () => {
  expect(await readLockfile(join(directory, "pnpm-lock.yaml"))).toEqual([
    { name: "@scope/one", version: "1.0.0", needs: ["two", "@scope/one"] },
    { name: "two", version: "2.0.0-beta.1", needs: [] },
  ])
})
