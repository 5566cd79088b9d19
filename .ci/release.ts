import { spawnSync } from "node:child_process"
import { pnpm } from "./check/command.ts"

// pnpm release: versions what changesets name, checks what would be published, and publishes it.
for (const step of ["release:version", "check", "release:publish"]) {
  const { status } = spawnSync(pnpm, ["run", step], { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}
