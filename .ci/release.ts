import { spawnSync } from "node:child_process"
import { pnpm } from "./check/command.ts"

// pnpm release: versions what changesets name, builds, checks and publishes it. `--dry-run` stops before.
const publish = !process.argv.includes("--dry-run")
const steps = [
  ["changeset", "version"],
  ["install", "--lockfile-only"],
  ["check"],
  ...(publish ? [["changeset", "publish"]] : []),
]
for (const step of steps) {
  const { status } = spawnSync(pnpm, step, { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}
