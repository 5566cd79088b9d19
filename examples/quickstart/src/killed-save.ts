import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

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
  let output = ""
  let saves = 0
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text
    saves += text.split("begin").length - 1
    // The third save is under way: the child has no chance to end it, or to clean anything up.
    if (saves >= 3) child.kill("SIGKILL")
  })
  await once(child, "close")
  if (saves < 3) throw new Error(`The child ended by itself after it said: ${output}`)
  const last = (word: string) =>
    Number(output.match(new RegExp(`(?<=${word} )\\d+(?=\\n)`, "g"))?.at(-1))
  return { finished: last("done"), begun: last("begin") }
}
