import { spawnSync } from "node:child_process"
import { pnpm } from "./check/command.ts"
import { needsVersion } from "./check/release/needs-version.ts"
import { root } from "./check/workspace.ts"

// pnpm release: versions what changesets name, checks what would be published, and publishes it. Run
// again after a failure, it goes on: what was versioned stays so, and what was published is left out.
const versioning = (await needsVersion(root)) ? ["release:version"] : []
for (const step of [...versioning, "check", "release:publish"]) {
  const { status } = spawnSync(pnpm, ["run", step], { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}
