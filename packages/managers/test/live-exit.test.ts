import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const program = join(import.meta.dirname, "programs/live-exit.ts")

async function end(directory: string, ending: string, hook: string) {
  const child = spawn(process.execPath, [program, directory, ending, hook], {
    stdio: ["ignore", "pipe", "ignore"],
  })
  if (ending.startsWith("SIG"))
    child.stdout.once("data", () => child.kill(ending as NodeJS.Signals))
  else child.stdout.resume()
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null]
  await using states = new StateManager({ directory })
  return { code, signal, state: await states.loadState("state") }
}

/** The table in the README, line by line: how a process ends, and what is kept of a change not flushed. */
describe("LiveState when the process ends", () => {
  test.for([
    ["return", "none", 2],
    ["return", "hook", 2],
    // Nothing waits for the delay of an hour any more.
    ["flush", "none", 2],
    ["checkpoint", "none", 2],
    ["exit", "none", 1],
    ["exit", "hook", 2],
    ["throw", "none", 1],
    ["throw", "hook", 2],
    ["reject", "none", 1],
    ["reject", "hook", 2],
    ["SIGTERM", "none", 1],
    ["SIGTERM", "hook", 2],
    ["SIGINT", "none", 1],
    ["SIGINT", "hook", 2],
    ["SIGHUP", "none", 1],
    ["SIGHUP", "hook", 2],
    ["SIGKILL", "none", 1],
    ["SIGKILL", "hook", 1],
  ] as const)("by %s, with %s: n is %i", async ([ending, hook, expected]) => {
    const { state, code, signal } = await end(temporaryDirectory(), ending, hook)
    expect(state).toEqual({ n: expected })
    if (ending.startsWith("SIG")) expect(signal).toBe(ending)
    else expect(code).toBe(ending === "throw" || ending === "reject" ? 1 : 0)
  })
})
