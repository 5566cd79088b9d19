import { join } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import { DatabaseStorage } from "../../src/index.ts"

// A thread that opens the database of each round at the very moment at which the others do, without being able to
// wait, and answers with what went wrong.
const { directory, rounds, threads, arrived } = workerData as {
  readonly directory: string
  readonly rounds: number
  readonly threads: number
  readonly arrived: Int32Array
}
const failures: string[] = []
for (let round = 0; round < rounds; round++) {
  const database = new DatabaseStorage(`sqlite:${join(directory, `${round}.db`)}`)
  const storage = database.storage("values")
  Atomics.add(arrived, 0, 1)
  // Whoever slept would be late.
  while (Atomics.load(arrived, 0) < (round + 1) * threads);
  try {
    storage.saveSync(`key ${round}`, round)
  } catch (error) {
    failures.push(String(error))
  }
  await database.close()
}
parentPort!.postMessage(failures)
