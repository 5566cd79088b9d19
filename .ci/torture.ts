import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import runFolder from "./run-folder.ts"

// pnpm torture [area] [--seconds N] [--seed N]: runs packages/<area>/torture/main.ts, the long form of its tests.
process.once("exit", runFolder())
const packages = join(import.meta.dirname, "..", "packages")
const known = readdirSync(packages).filter((name) =>
  existsSync(join(packages, name, "torture/main.ts")),
)
const args = process.argv.slice(2)
const asked = args[0] !== undefined && !args[0].startsWith("--") ? [args.shift() as string] : known
for (const area of asked) {
  if (!known.includes(area)) {
    console.error(`No torture called ${area}; there are ${known.join(", ")}.`)
    process.exit(2)
  }
  const program = join(packages, area, "torture/main.ts")
  const { status } = spawnSync(process.execPath, ["--expose-gc", program, ...args], {
    stdio: "inherit",
  })
  if (status !== 0) process.exit(status ?? 1)
}
