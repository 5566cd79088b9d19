import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { ConfigManager, LogManager, StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

// Node 22 syncs under its permission model; and what lowers our sources for it wants a thread, which is not permitted.
const refuses = Number.parseInt(process.versions.node, 10) >= 24

/** Runs a program that may read everything and write its directory. @returns The directory. */
async function runRestricted(name: string): Promise<string> {
  const directory = realpathSync(temporaryDirectory())
  const program = join(import.meta.dirname, "programs", name)
  const permissions = ["--permission", "--allow-fs-read=*", `--allow-fs-write=${directory}`]
  const child = spawn(process.execPath, [...permissions, program, directory], {
    stdio: ["ignore", "inherit", "pipe"],
  })
  const [errors, exit] = await Promise.all([text(child.stderr), once(child, "exit")])
  expect({ errors, exit }).toEqual({ errors: "", exit: [0, null] })
  return directory
}

test.runIf(refuses)(
  "states and configurations are saved under Node's permission model",
  async () => {
    const directory = await runRestricted("permitted-managers.ts")
    await using states = new StateManager({ directory })
    await using configs = new ConfigManager({ directory })
    expect(await states.loadState("game")).toEqual({ level: 2 })
    expect(await configs.loadConfig("app")).toEqual({ port: 2 })
    expect(readFileSync(join(directory, "own.yaml"), "utf8")).toBe("port: 3\n")
  },
)

test.runIf(refuses)("logs are as durable as ever under Node's permission model", async () => {
  const directory = await runRestricted("permitted-log.ts")
  expect(readdirSync(join(directory, "logs/app"))).toEqual([
    expect.stringMatching(/sealed\.ndjson\.gz$/),
    expect.stringMatching(/sealed\.ndjson\.gz$/),
  ])
  await using logs = new LogManager({ directory })
  expect((await logs.read("app")).map(({ n }) => n)).toEqual([1, 2])
})
