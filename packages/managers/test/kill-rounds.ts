import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ConfigManager, LogManager, StateManager } from "../src/index.ts"

const program = join(import.meta.dirname, "programs/kill-target.ts")

/** What is killed at work. */
export type KillMode = "live" | "checkpoint" | "config" | "log" | "rotation"

/**
 * Kills a process that does `mode` so many times, at random; throws when anything promised is gone.
 *
 * @param first The number to begin with: one more than what is there.
 * @returns The number to go on with.
 */
export async function killRounds(
  directory: string,
  mode: KillMode,
  rounds: number,
  first = 1,
): Promise<number> {
  if (mode === "config" && first === 1) {
    mkdirSync(join(directory, "configs"), { recursive: true })
    writeFileSync(join(directory, "configs/app.yaml"), "# by hand\nn: 0 # the number\n")
  }
  let next = first
  for (let round = 0; round < rounds; round++) {
    const promised = await killOnce(directory, mode, next)
    const found = await highest(directory, mode)
    if (found < promised) throw new Error(`${mode}: ${promised} was promised, ${found} is there`)
    next = found + 1
  }
  return next
}

async function killOnce(directory: string, mode: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [program, directory, mode, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let promised = first - 1
  let left = 1 + Math.floor(Math.random() * 12)
  let rest = ""
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n")
    rest = lines.pop()!
    if (lines.length > 0) promised = Number(lines.at(-1))
    left -= lines.length
    if (left <= 0) setTimeout(() => child.kill("SIGKILL"), Math.random() * 4)
  })
  const [code, signal] = await once(child, "close")
  if (signal !== "SIGKILL") throw new Error(`${mode}: ended by itself with ${code}`)
  return promised
}

/** The highest number that is there, after checking that nothing below it is missing or torn. */
async function highest(directory: string, mode: KillMode): Promise<number> {
  if (mode === "live") {
    await using states = new StateManager({ directory })
    const state = await states.loadState<{ n: number; list: number[] }>("live")
    assertComplete(state?.list ?? [], mode)
    return state?.n ?? 0
  }
  if (mode === "checkpoint") return highestCheckpoint(directory)
  if (mode === "config") {
    await using configs = new ConfigManager({ directory })
    const config = await configs.loadConfig<{ n: number; nested?: Record<string, number> }>("app")
    const text = (await configs.storage.stat("app", { subfolder: "configs" }))?.format
    if (config === undefined || text !== ".yaml") throw new Error("the configuration is gone")
    const nested = Math.max(0, ...Object.values(config.nested ?? {}))
    if (nested !== config.n) throw new Error(`half an update: ${nested} beside ${config.n}`)
    return config.n
  }
  await using logs = new LogManager({ directory })
  const numbers = (await logs.read("app")).map((entry) => entry.n as number)
  assertComplete(numbers, mode)
  return numbers.at(-1) ?? 0
}

/** Every checkpoint holds what it is called, and the state is at the last that was promised or behind it. */
async function highestCheckpoint(directory: string): Promise<number> {
  await using states = new StateManager({ directory })
  const labels = (await states.history("live")).map(({ label }) => Number(label))
  const state = (await states.loadState<{ n: number }>("live"))?.n ?? 0
  for (const label of labels.slice(-20)) {
    const { n } = (await states.loadState<{ n: number }>("live", { at: String(label) }))!
    if (n !== label) throw new Error(`checkpoint: ${n} is called ${label}`)
  }
  // The checkpoint comes first, then the state that names it.
  return Math.min(state, labels.at(-1) ?? 0)
}

function assertComplete(numbers: readonly number[], mode: KillMode): void {
  const wrong = numbers.findIndex((n, index) => n !== index + 1)
  if (wrong >= 0) throw new Error(`${mode}: ${numbers[wrong]} stands where ${wrong + 1} should`)
}
