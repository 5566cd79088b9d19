import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { tortureOptions } from "../../../.ci/torture-options.ts"
import { fuzzEdits } from "../test/fuzz/fuzz-edits.ts"
import { historyRounds } from "../test/history-rounds.ts"
import { type KillMode, killRounds } from "../test/kill-rounds.ts"

// The long form of the tests, a piece of each in turn: random edits in all formats, kills of everything
// that writes, histories made by several processes. Without --seconds each goes on to its full length.

interface Task {
  readonly name: string
  /** What is to be done in all. */
  readonly full: number
  readonly piece: number
  done: number
  /** Does one piece; its seed is new each time. */
  readonly run: (seed: number) => Promise<void> | void
  readonly words: () => string
}

const { seconds = Number.POSITIVE_INFINITY, seed: firstSeed } = tortureOptions()
const end = performance.now() + seconds * 1000
const isTimed = Number.isFinite(seconds)

function edits(format: "json" | "jsonc" | "yaml" | "toml"): Task {
  let refused = 0
  const task: Task = {
    name: format,
    full: 3000,
    piece: 300,
    done: 0,
    run: (seed) => {
      const result = fuzzEdits(format, 300, seed)
      refused += result.refused.length
      const all = task.done + 300
      if (refused / all >= 0.02 && all >= 1500) throw new Error(`Too many:\n${result.refused[0]}`)
    },
    words: () => `${task.done} edits right, every other byte as it was; ${refused} refused`,
  }
  return task
}

function kills(mode: KillMode): Task {
  const directory = mkdtempSync(join(tmpdir(), "persist-torture-"))
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }))
  let next = 1
  const task: Task = {
    name: mode,
    full: 100,
    piece: 5,
    done: 0,
    run: async () => {
      next = await killRounds(directory, mode, 5, next)
    },
    words: () => `killed ${task.done} times, ${next - 1} done, nothing promised is gone`,
  }
  return task
}

function histories(): Task {
  const task: Task = {
    name: "history",
    full: 200,
    piece: 10,
    done: 0,
    run: (seed) => historyRounds(10, seed),
    words: () => `${task.done} sequences over three processes gave the model's history`,
  }
  return task
}

const formats = ["json", "jsonc", "yaml", "toml"] as const
const modes = ["live", "checkpoint", "config", "log", "rotation"] as const
const tasks = [...formats.map(edits), ...modes.map(kills), histories()]
let seed = firstSeed
for (let isOver = false; !isOver; ) {
  const left = isTimed ? tasks : tasks.filter(({ done, full }) => done < full)
  for (const task of left) {
    isOver ||= performance.now() >= end
    if (isOver) break
    await task.run(++seed)
    task.done += task.piece
  }
  isOver ||= left.length === 0
}
console.log(`seeds ${firstSeed + 1} to ${seed}`)
for (const task of tasks) console.log(`${task.name}: ${task.words()}`)
