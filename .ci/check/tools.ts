import { existsSync, globSync } from "node:fs"
import { join } from "node:path"
import { type CommandOptions, pnpm, rootTool, run, tool } from "./command.ts"
import { type Gate, GateFailure } from "./gate.ts"
import { root } from "./workspace.ts"

async function demand(
  program: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  const { status, output } = await run(program, args, options)
  if (status !== 0) throw new GateFailure(`exit code ${status}`, output)
  return output
}

/** Installs what stands outside the workspace, so that the commands of the set-up need not. */
export async function installOutside(): Promise<void> {
  for (const folder of ["benchmarks", "docs", ".ci/registry"]) {
    const cwd = join(root, folder)
    if (existsSync(join(cwd, "node_modules"))) continue
    await demand(pnpm, ["install", "--frozen-lockfile"], { cwd })
  }
}

/** Every TypeScript file of the repository type-checks: sources, tests, examples, benchmarks, site, checks. */
export const types: Gate = {
  name: "types",
  async run() {
    const patterns = ["packages/*/tsconfig.json", "packages/*/test/tsconfig.json"]
    const others = ["examples/*/tsconfig.json", "{benchmarks,docs,.ci}/tsconfig.json"]
    const projects = globSync([...patterns, ...others], { cwd: root })
    await demand(rootTool("tsc"), ["-b", ...projects.sort()])
    return `${projects.length} projects`
  },
}

/** The linter and formatter have nothing to say, not even a warning. */
export const lint: Gate = {
  name: "lint",
  async run() {
    const output = await demand(rootTool("biome"), ["check", ".", "--error-on-warnings"])
    return /Checked \d+ files/.exec(output)?.[0].toLowerCase() ?? ""
  },
}

/** Nothing is exported, declared or kept that nobody uses. */
export const unused: Gate = {
  name: "unused exports and dependencies",
  async run() {
    await demand(tool("knip"), ["--config", ".ci/knip.json", "--no-progress", "--no-config-hints"])
    return ""
  },
}

/** The manifests of the workspace agree with each other. */
export const manifests: Gate = {
  name: "manifests (sherif)",
  async run() {
    await demand(tool("sherif"), ["--fail-on-warnings"])
    return ""
  },
}
