import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const run = promisify(execFile)

test("the suite runs under node:test, which needs no further package", async () => {
  // Set by an outer node:test, it would change what the inner one prints.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ["--test", "--test-reporter=tap", "test/conformance.node.ts"]
  const cwd = new URL("..", import.meta.url)
  const { stdout } = await run(process.execPath, args, { cwd, env, timeout: 60_000 })
  expect(Number(/^# pass (\d+)/m.exec(stdout)?.[1])).toBeGreaterThan(90)
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toMatch(/^# skipped 0$/m)
})
