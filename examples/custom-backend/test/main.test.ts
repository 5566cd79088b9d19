import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const run = promisify(execFile)
const options = { cwd: new URL("..", import.meta.url), timeout: 60_000 }

test("the example runs and tells what happened", async () => {
  const { stdout } = await run(process.execPath, ["src/main.ts"], options)
  expect(stdout).toContain("100 updates at once: 100 visits, none lost")
  for (const code of ["CONFLICT", "INVALID_KEY", "UNSUPPORTED"]) {
    expect(stdout).toContain(`ERR_PERSIST_${code}`)
  }
  expect(stdout).toContain("players: [ 'players/ada' ] { level: 4 }")
})

test("the conformance suite runs under node:test as well", async () => {
  const args = ["--test", "--test-reporter=tap", "test/node-runner.ts"]
  const environment = { ...process.env }
  // Set by an outer node:test, it would change what the inner one prints.
  delete environment.NODE_TEST_CONTEXT
  const { stdout } = await run(process.execPath, args, { ...options, env: environment })
  expect(Number(/^# pass (\d+)/m.exec(stdout)?.[1])).toBeGreaterThan(80)
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(stdout).toMatch(/^# skipped 0$/m)
})
