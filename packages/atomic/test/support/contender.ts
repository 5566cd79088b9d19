import { closeSync, ftruncateSync, writeSync } from "node:fs"
import { workerData } from "node:worker_threads"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import { Contest } from "../../src/locks/contest.ts"
import { HeldLock } from "../../src/locks/held-lock.ts"
import { interferingFileSystem } from "./interfering-file-system.ts"
import { deadRecord } from "./records.ts"
import { type ContenderInput, contenderState as state } from "./schedule.ts"

// One contender that asks for permission before every single file system call.
const { cells, number, lockFile, rounds, seed } = workerData as ContenderInput
const random = seededRandom(seed + number)
// Nobody gives signs of life while all stand still between two calls; only the first holder is to be missed.
const heartbeat = 3_600_000
const fileSystem = interferingFileSystem(() => pauseIn(state.waiting))

pauseIn(state.waiting)
let contest: Contest | undefined
for (let round = 0; round < rounds; round++) {
  contest ??= new Contest(fileSystem, lockFile, heartbeat)
  const descriptor = contest.attempt()
  if (descriptor !== undefined) {
    contest.end()
    contest = undefined
    pauseIn(state.holding)
    if (random() < 0.6) die(descriptor, round)
    else {
      const file = { fileSystem, path: lockFile, descriptor, heartbeat }
      new HeldLock(file, () => {}).release()
    }
  }
}
contest?.end()
Atomics.store(cells, number, state.ended)
Atomics.notify(cells, number)

/** Leaves the lock behind as a process does that is killed; no step of anybody else comes in between. */
function die(descriptor: number, round: number): void {
  const token = `${number}`.padStart(16, "0") + `${round}`.padStart(16, "0")
  ftruncateSync(descriptor)
  writeSync(descriptor, deadRecord(token), 0)
  closeSync(descriptor)
}

function pauseIn(value: number): undefined {
  Atomics.store(cells, number, value)
  Atomics.notify(cells, number)
  Atomics.wait(cells, number, value)
}
