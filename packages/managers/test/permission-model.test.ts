import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { refusesHandles, refusesNumbers } from "../../atomic/test/support/permission-model.ts"
import { ConfigManager, LogManager, StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

// All that works where Node syncs nothing at all.
const durability = refusesHandles ? "none" : "full"

/** Runs a program that may read everything and write its directory. @returns The directory. */
async function runRestricted(name: string): Promise<string> {
  const directory = realpathSync(temporaryDirectory())
  const program = join(import.meta.dirname, "programs", name)
  const permissions = ["--permission", "--allow-fs-read=*", `--allow-fs-write=${directory}`]
  const child = spawn(process.execPath, [...permissions, program, directory, durability], {
    stdio: ["ignore", "inherit", "pipe"],
  })
  const [errors, exit] = await Promise.all([text(child.stderr), once(child, "exit")])
  expect({ errors, exit }).toEqual({ errors: "", exit: [0, null] })
  return directory
}

// Node 22 syncs there; and what lowers our sources for it wants a thread, which is not permitted.
test.runIf(refusesNumbers)(
  "states and configurations are saved under Node's permission model",
  async () => {
    const directory = await runRestricted("permitted-managers.ts")
    await using states = new StateManager({ directory })
    await using configs = new ConfigManager({ directory })
    expect(await states.loadState("game")).toEqual({ level: 2 })
    expect(await configs.loadConfig("app")).toEqual({ port: 2 })
    if (refusesHandles) return
    expect(readFileSync(join(directory, "own.yaml"), "utf8")).toBe("port: 3\n")
  },
)

test.runIf(refusesNumbers)(
  "logs are as durable as ever under Node's permission model",
  async () => {
    const directory = await runRestricted("permitted-log.ts")
    const sealed = expect.stringMatching(refusesHandles ? /sealed\.ndjson$/ : /sealed\.ndjson\.gz$/)
    expect(readdirSync(join(directory, "logs/app"))).toEqual([sealed, sealed])
    await using logs = new LogManager({ directory })
    expect((await logs.read("app")).map(({ n }) => n)).toEqual([1, 2])
  },
)
