import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { seededRandom } from "../../../../.ci/seeded-random.ts"

/** What a contender tells by its cell. */
export const contenderState = Object.freeze({ running: 0, waiting: 1, holding: 2, ended: 3 })

export interface ContenderInput {
  readonly cells: Int32Array
  readonly number: number
  readonly lockFile: string
  readonly rounds: number
  readonly seed: number
}

export interface ScheduleResult {
  /** The most contenders that held the lock at one moment. */
  readonly mostHolders: number
  /** How often the lock was taken. */
  readonly taken: number
  /** File system calls, each let through alone. */
  readonly steps: number
}

/**
 * Lets several contenders fight for one lock file, one file system call at a time, in an order that `seed`
 * chooses: now one step of each, now one of them far ahead while the others stand still.
 * Holders release the lock or die with it.
 */
export async function runSchedule(
  lockFile: string,
  contenders: number,
  rounds: number,
  seed: number,
): Promise<ScheduleResult> {
  const cells = new Int32Array(new SharedArrayBuffer(contenders * 4))
  const script = new URL("./contender.ts", import.meta.url)
  const workers = Array.from({ length: contenders }, (_, number) => {
    const workerData: ContenderInput = { cells, number, lockFile, rounds, seed }
    return new Worker(script, { workerData, execArgv: [] })
  })
  const failed = Promise.all(workers.map((worker) => once(worker, "exit")))
  await Promise.all(workers.map((worker) => once(worker, "online")))
  const result = drive(cells, contenders, seededRandom(seed))
  await failed
  return result
}

function drive(cells: Int32Array, contenders: number, random: () => number): ScheduleResult {
  let mostHolders = 0
  let taken = 0
  let steps = 0
  let current = 0
  for (;;) {
    for (let number = 0; number < contenders; number++) {
      if (Atomics.load(cells, number) !== contenderState.running) continue
      const outcome = Atomics.wait(cells, number, contenderState.running, 20_000)
      if (outcome === "timed-out") throw new Error(`Contender ${number} hangs or failed.`)
    }
    const states = [...cells]
    mostHolders = Math.max(mostHolders, states.filter((s) => s === contenderState.holding).length)
    const able = states.flatMap((s, number) => (s === contenderState.ended ? [] : [number]))
    if (able.length === 0) return { mostHolders, taken, steps }
    // Mostly the same one goes on, so that the others' knowledge grows old.
    if (!able.includes(current) || random() < 0.3)
      current = able[Math.floor(random() * able.length)]!
    if (states[current] === contenderState.holding) taken++
    steps++
    Atomics.store(cells, current, contenderState.running)
    Atomics.notify(cells, current)
  }
}
