import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { StateManager } from "@persist/managers"
import { expect, onTestFinished, test } from "vitest"
import type { Memory } from "../src/agent.ts"

const program = join(import.meta.dirname, "../src/main.ts")
const steps = "120"

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "agent-checkpoints-"))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function run(directory: string, ...args: string[]): string {
  return execFileSync(process.execPath, [program, directory, steps, ...args], { encoding: "utf8" })
}

/** Kills the agent a random moment after it has done a few steps. @returns The last step that it told of. */
async function killOnce(directory: string): Promise<number> {
  const child = spawn(process.execPath, [program, directory, steps], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let last = 0
  let left = 1 + Math.floor(Math.random() * 4)
  createInterface(child.stdout).on("line", (line) => {
    last = Number(/(\d+)$/.exec(line)?.[1] ?? last)
    left--
    if (left === 0) setTimeout(() => child.kill("SIGKILL"), Math.random() * 8)
  })
  const [, signal] = await once(child, "close")
  expect(signal).toBe("SIGKILL")
  return last
}

test("killed at random twenty times, it ends with what an undisturbed run finds", async () => {
  const directory = temporaryDirectory()
  for (let kill = 0; kill < 20; kill++) {
    const told = await killOnce(directory)
    await using states = new StateManager({ directory })
    const memory = await states.loadState<Memory>("agent")
    // What it told of was saved before; at most the step that it was at is gone.
    expect(memory?.step ?? 0).toBeGreaterThanOrEqual(told)
    expect(memory?.findings ?? []).toHaveLength(memory?.step ?? 0)
  }
  run(directory)
  const undisturbed = temporaryDirectory()
  run(undisturbed)
  await using states = new StateManager({ directory })
  await using others = new StateManager({ directory: undisturbed })
  const [memory, expected] = [
    await states.loadState<Memory>("agent"),
    await others.loadState("agent"),
  ]
  expect(memory).toEqual(expected)

  const half = await states.loadState<Memory>("agent", { at: "halfway" })
  run(directory, "another")
  const changed = await states.loadState<Memory>("agent")
  expect(changed?.step).toBe(Number(steps))
  expect(changed?.findings.slice(0, half!.step)).toEqual(half!.findings)
  expect(changed?.findings.at(-1)).not.toEqual(memory?.findings.at(-1))
  const history = await states.history("agent")
  expect(history.some(({ restored }) => restored !== undefined)).toBe(true)
})
