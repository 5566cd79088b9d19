import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** Starts TypeScript of ours in a process of its own; whatever it prints on stderr is shown. */
export function startScript(
  script: URL,
  parameters: readonly string[] = [],
  before: readonly string[] = [],
) {
  const [command, ...rest] = [...before, process.execPath, fileURLToPath(script), ...parameters]
  return spawn(command!, rest, { stdio: ["pipe", "pipe", "inherit"] })
}

/** Starts code that imports this package's source as `atomic`. */
export function startCode(code: string, before: readonly string[] = []) {
  const source = new URL("../../src/index.ts", import.meta.url).href
  const whole = `import * as atomic from ${JSON.stringify(source)}\n${code}`
  const [command, ...rest] = [
    ...before,
    process.execPath,
    "--input-type=module-typescript",
    "-e",
    whole,
  ]
  return spawn(command!, rest, { stdio: ["pipe", "pipe", "inherit"] })
}

/** A process that holds the lock of `path` until it is killed. */
export async function startHolder(
  path: string,
  options: object = {},
  before: readonly string[] = [],
) {
  const child = startCode(
    `await atomic.lock(${JSON.stringify(path)}, ${JSON.stringify(options)})
     console.log("held")
     setInterval(() => {}, 1000)`,
    before,
  )
  await once(child.stdout, "data")
  return child
}

export async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit")
  child.kill("SIGKILL")
  await exit
}
