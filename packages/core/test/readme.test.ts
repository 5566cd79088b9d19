import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import type { PersistErrorCode } from "../src/index.ts"
import * as core from "../src/index.ts"

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8")

test("the first example of the README runs as it stands", async () => {
  const [, example] = /```ts\n(.*?)```/s.exec(readme)!
  // Its file lands in a folder that has the package installed.
  const cwd = await mkdtemp(join(tmpdir(), "persist-core-readme-"))
  const scope = join(cwd, "node_modules/@persist")
  await mkdir(scope, { recursive: true })
  await symlink(fileURLToPath(new URL("..", import.meta.url)), join(scope, "core"), "junction")
  try {
    const args = ["--input-type=module-typescript", "--eval", example!]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 })
    expect(stdout).toContain("{ name: 'Ada', level: 3 }")
    expect(stdout).toContain("$.players[0]")
  } finally {
    await rm(cwd, { recursive: true })
  }
})

test("everything that the package gives is named", () => {
  const unnamed = Object.keys(core).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))
  expect(unnamed).toEqual([])
})

test("every code that a storage throws has a heading", () => {
  const codes: PersistErrorCode[] = [
    "ERR_PERSIST_ABORTED",
    "ERR_PERSIST_CLOSED",
    "ERR_PERSIST_CONFLICT",
    "ERR_PERSIST_CORRUPT",
    "ERR_PERSIST_DECODE",
    "ERR_PERSIST_ENCODE",
    "ERR_PERSIST_FORMAT",
    "ERR_PERSIST_INVALID_ARGUMENT",
    "ERR_PERSIST_INVALID_KEY",
    "ERR_PERSIST_INVALID_OPTION",
    "ERR_PERSIST_IO",
    "ERR_PERSIST_LIMIT",
    "ERR_PERSIST_NOT_FOUND",
    "ERR_PERSIST_TIMEOUT",
    "ERR_PERSIST_UNSUPPORTED",
  ]
  expect(codes.filter((code) => !readme.includes(`\n### ${code}\n`))).toEqual([])
})
