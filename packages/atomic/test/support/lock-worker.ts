import { parentPort, workerData } from "node:worker_threads"
import { lock } from "../../src/index.ts"

interface Input {
  readonly path: string
  readonly heartbeat: number
  /** Whether its event loop stands still from then on. */
  readonly isSilent?: boolean
}

// Takes a lock and holds it until the thread is ended.
const { path, heartbeat, isSilent } = workerData as Input
await lock(path, { heartbeat })
parentPort!.postMessage("held")
if (isSilent) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
setInterval(() => {}, 1_000)
