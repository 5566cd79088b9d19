import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { rootTool } from "./check/command.ts"
import { root } from "./check/workspace.ts"
import { forgetResults, readResults } from "./test-summary/results.ts"
import { summary } from "./test-summary/summary.ts"

// pnpm test [turbo's options]: builds, runs every package's tests, and counts them.
forgetResults()
const args = [
  "run",
  "test",
  "--continue",
  "--log-order=grouped",
  "--concurrency=4",
  ...process.argv.slice(2),
]
const { status } = spawnSync(rootTool("turbo"), args, {
  stdio: "inherit",
  // The many processes that tests start need not compile the same modules again.
  env: { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/node"), ...process.env },
  shell: process.platform === "win32",
})
const results = readResults()
console.log(`\n${summary(results)}`)
process.exitCode = status || (results.some(({ failed }) => failed > 0) ? 1 : 0)
