import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { rootTool } from "./check/command.ts"
import { root } from "./check/workspace.ts"
import { forgetResults, readResults } from "./test-summary/results.ts"
import { summary } from "./test-summary/summary.ts"

// pnpm test [turbo's options]: builds, runs every package's tests, and counts them.

/** Minutes until tests are ended that do not end by themselves: before the workflow's 30, which leave no word of them. */
const longest = 25

forgetResults()
const args = [
  "run",
  "test",
  "--continue",
  "--log-order=grouped",
  "--concurrency=4",
  ...process.argv.slice(2),
]
const { status, error } = spawnSync(rootTool("turbo"), args, {
  stdio: "inherit",
  timeout: longest * 60_000,
  // The many processes that tests start need not compile the same modules again.
  env: { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/node"), ...process.env },
  shell: process.platform === "win32",
})
const results = readResults()
console.log(`\n${summary(results)}`)
if (error) {
  const reason =
    "code" in error && error.code === "ETIMEDOUT"
      ? `ended after ${longest} minutes. The file that hangs is missing in its package's list above`
      : error.message
  console.log(`The tests were not run to their end: ${reason}`)
}
process.exitCode = status ?? 1
if (results.some(({ failed }) => failed > 0)) process.exitCode ||= 1
