import { workerData } from "node:worker_threads"
import { Contest } from "../../src/locks/contest.ts"
import { HeldLock } from "../../src/locks/held-lock.ts"
import { interferingFileSystem } from "./interfering-file-system.ts"
import { type ContenderInput, contenderState as state } from "./schedule.ts"

// One contender that asks for permission before every single file system call.
const { cells, number, lockFile, rounds } = workerData as ContenderInput
const fileSystem = interferingFileSystem(() => pauseIn(state.waiting))

pauseIn(state.waiting)
for (let round = 0; round < rounds; round++) {
  const contest = new Contest(fileSystem, lockFile, 10)
  const descriptor = contest.attempt()
  if (descriptor !== undefined) {
    const file = { fileSystem, path: lockFile, descriptor, heartbeat: 3_600_000 }
    const held = new HeldLock(file, () => {})
    pauseIn(state.holding)
    held.release()
  }
  contest.end()
}
Atomics.store(cells, number, state.ended)
Atomics.notify(cells, number)

function pauseIn(value: number): undefined {
  Atomics.store(cells, number, value)
  Atomics.notify(cells, number)
  Atomics.wait(cells, number, value)
}
