import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"

/** How a child process was killed while it saved. */
export interface KilledSave {
  /** Number of the last save that the child said was durable. */
  readonly finished: number
  /** Number of the save that it had begun and never finished. */
  readonly begun: number
  /** How many children were killed until one was in the middle of a save. */
  readonly attempts: number
}

/** Kills child processes until one of them dies in the middle of saving the state. */
export async function killDuringSave(directory: string): Promise<KilledSave> {
  for (let attempts = 1; attempts <= 20; attempts++) {
    const { finished, begun } = await killOne(directory)
    if (begun > finished) return { finished, begun, attempts }
  }
  throw new Error("No child was killed in the middle of a save in twenty attempts.")
}

async function killOne(directory: string): Promise<{ finished: number; begun: number }> {
  const program = join(import.meta.dirname, "endless-saves.ts")
  const child = spawn(process.execPath, [program, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const closed = once(child, "close")
  let output = ""
  let doomed = false
  child.stdout.setEncoding("utf8").on("data", async (text: string) => {
    output += text
    if (doomed || numbers(output, "begin").length < 3) return
    doomed = true
    // At any moment of the save, by chance. The child cannot end it, nor clean anything up.
    await delay(Math.random() * 10)
    child.kill("SIGKILL")
  })
  await closed
  const [begun, finished] = [numbers(output, "begin").at(-1), numbers(output, "done").at(-1)]
  if (!doomed || begun === undefined || finished === undefined) {
    throw new Error(`The child ended by itself after it said: ${output}`)
  }
  return { begun, finished }
}

/** The numbers of the saves that the child said it had begun, or done; only of whole lines. */
function numbers(output: string, word: "begin" | "done"): number[] {
  return [...output.matchAll(new RegExp(`^${word} (\\d+)\n`, "gm"))].map((match) =>
    Number(match[1]),
  )
}

/** How many files are there that a killed save did not get to put in place. */
export async function unfinishedFiles(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true })
  return names.filter((name) => name.endsWith(".tmp")).length
}
