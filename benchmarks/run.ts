import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"

// pnpm bench [area ...] [--seed N]: installs the peers on first use, then runs benchmarks/<area>/main.ts.
const here = import.meta.dirname
// For a minute after many files were removed some file systems make new ones slowly: ext4 without a journal does. "file"
// removes 100,000, so the minutes of "cache", which makes none, come between it and all others that write files.
const early = ["atomic", "file", "cache"]
const areasHere = readdirSync(here).filter((name) => existsSync(join(here, name, "main.ts")))
const known = [...early, ...areasHere.filter((name) => !early.includes(name))]
const [areas, flags] = splitArguments(process.argv.slice(2))
const unknown = areas.filter((area) => !known.includes(area))
if (unknown.length > 0) {
  console.error(`No benchmark called ${unknown.join(", ")}; there are ${known.join(", ")}.`)
  process.exit(2)
}
if (!existsSync(join(here, "node_modules")))
  run("npx", ["-y", "pnpm@12", "install", "--frozen-lockfile"])
for (const area of areas.length > 0 ? areas : known) {
  run(process.execPath, ["--expose-gc", join(here, area, "main.ts"), ...flags])
}

function splitArguments(all: string[]): [areas: string[], flags: string[]] {
  const first = all.findIndex((argument) => argument.startsWith("--"))
  return first < 0 ? [all, []] : [all.slice(0, first), all.slice(first)]
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: here, stdio: "inherit" })
  if (status !== 0) process.exitCode = status ?? 1
}
