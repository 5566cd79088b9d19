import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { temporaryDirectory } from "./temporary-directory.ts"

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
const examples = [...readme.matchAll(/```ts\n(import [\s\S]*?)```/g)].map(([, code]) => code!)

test("the README has examples", () => {
  expect(examples).toHaveLength(2)
})

test.each(examples)("an example of the README runs as it stands: %#", (code) => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, "node_modules/@persist"), { recursive: true })
  symlinkSync(join(import.meta.dirname, ".."), join(directory, "node_modules/@persist/managers"))
  writeFileSync(join(directory, "example.mts"), code)
  const options = { cwd: directory, encoding: "utf8" } as const
  const { status, stderr, stdout } = spawnSync(process.execPath, ["example.mts"], options)
  expect(stderr).toBe("")
  expect(status).toBe(0)
  expect(stdout).not.toBe("")
})
