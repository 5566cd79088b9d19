import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { packagesIn, root } from "./check/workspace.ts"

// pnpm test:matrix [version ...]: every package's tests on the oldest Node that is supported and on
// the newest of each later line; the runtimes come from npm. "current" is the Node that is on PATH.
const asked = process.argv.slice(2)
const versions = asked.length > 0 ? asked : ["22.18.0", "22", "24", "26"]
const vitest = join(root, "node_modules/vitest/vitest.mjs")
const lowerUsing = pathToFileURL(join(import.meta.dirname, "lower-using.ts")).href
const failures: string[] = []
for (const version of versions) {
  const node = runtime(version)
  const lowering = hasUsing(node) ? {} : { NODE_OPTIONS: `--import=${lowerUsing}` }
  for (const { directory, manifest } of packagesIn()) {
    const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`
    const own = join(directory, "vitest.config.ts")
    const config = existsSync(own) ? own : join(root, ".ci/vitest.config.ts")
    const { status } = spawnSync(node, [vitest, "run", "--config", config, "--reporter=dot"], {
      cwd: directory,
      stdio: "inherit",
      env: { ...process.env, PATH, ...lowering },
    })
    const line = `Node ${version}: ${manifest.name} ${status === 0 ? "passed" : "FAILED"}`
    console.log(line)
    if (status !== 0) failures.push(line)
  }
}
console.log(`\n${failures.length === 0 ? "Everything passed everywhere." : failures.join("\n")}`)
process.exitCode = failures.length === 0 ? 0 : 1

/** Whether that Node knows `using`: the lowering wants a worker thread, which the permission model does not allow. */
function hasUsing(node: string): boolean {
  return spawnSync(node, ["--eval", "{ using nothing = null }"], { stdio: "ignore" }).status === 0
}

/** Path of a Node of that version, downloaded on first use. */
function runtime(version: string): string {
  if (version === "current") return currentNode()
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`
  const folder = join(tmpdir(), `persist-runtime-${version}`)
  mkdirSync(folder, { recursive: true })
  // Without one, npm would install into whatever folder above has one.
  writeFileSync(join(folder, "package.json"), "{}")
  const install = ["install", "--no-save", "--no-audit", "--no-fund", `${name}@${version}`]
  const { status } = spawnSync("npm", install, {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  })
  if (status !== 0) throw new Error(`There is no Node ${version} for this machine on npm.`)
  return join(
    folder,
    "node_modules",
    name,
    process.platform === "win32" ? "bin/node.exe" : "bin/node",
  )
}

/** The machine's own Node, not the one that this repository brings along. */
function currentNode(): string {
  const folders = (process.env.PATH ?? "").split(delimiter)
  const names = folders.map((folder) =>
    join(folder, process.platform === "win32" ? "node.exe" : "node"),
  )
  return names.find((path) => existsSync(path) && !path.startsWith(root)) ?? process.execPath
}
