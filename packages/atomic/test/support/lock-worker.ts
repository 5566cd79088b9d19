import { parentPort, workerData } from "node:worker_threads"
import { lock } from "../../src/index.ts"

// Takes a lock and holds it until the thread is ended.
const { path, heartbeat } = workerData as { readonly path: string; readonly heartbeat: number }
await lock(path, { heartbeat })
parentPort!.postMessage("held")
setInterval(() => {}, 1_000)
