import { spawn } from "node:child_process"
import { join } from "node:path"
import { root } from "./workspace.ts"

export interface CommandResult {
  readonly status: number
  /** Standard output and standard error as they came. */
  readonly output: string
}

export interface CommandOptions {
  /** @default the repository's root */
  readonly cwd?: string
  /** Milliseconds until the command is ended. @default 300000 */
  readonly timeout?: number
}

/** Runs a program to its end and keeps what it printed. */
export function run(
  program: string,
  args: readonly string[],
  { cwd = root, timeout = 300_000 }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      timeout,
      env: cleanEnvironment(),
      // There the commands of packages are batch files.
      shell: process.platform === "win32",
    })
    const chunks: Buffer[] = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.on("error", reject)
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString()
      const ended = signal === null ? "" : `\n${program} was ended by ${signal}`
      resolve({ status: code ?? 1, output: output + ended })
    })
  })
}

/** A command of one of this folder's own development dependencies. */
export function tool(name: string): string {
  return join(root, ".ci/node_modules/.bin", name)
}

/** A command of one of the root's development dependencies. */
export function rootTool(name: string): string {
  return join(root, "node_modules/.bin", name)
}

/** The pnpm that runs this script. */
export const pnpm: string = process.env.npm_execpath ?? "pnpm"

/** What a shell would have, without the settings that the running package manager hands down. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !isHandedDown(name))
  return { ...Object.fromEntries(kept), NO_COLOR: "1", FORCE_COLOR: "0" }
}

function isHandedDown(name: string): boolean {
  const lower = name.toLowerCase()
  if (lower === "npm_config_registry" || lower.endsWith("store_dir")) return false
  return /^(npm_|pnpm_|turbo_)/.test(lower) || lower === "node_options"
}
