import { once } from "node:events"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { expect, test } from "vitest"
import { lock, PersistError } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"

test("a lock that a worker thread holds is waited for, and given up when the thread was ended", async () => {
  const path = join(temporaryFolder(), "data")
  const workerData = { path, heartbeat: 300 }
  const script = new URL("./support/lock-worker.ts", import.meta.url)
  const worker = new Worker(script, { workerData, execArgv: [] })
  await once(worker, "message")
  const error = await lock(path, { timeout: 1_000 }).catch((error) => error)
  expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
  expect(error.details.holder).toMatchObject({ pid: process.pid, thread: worker.threadId })
  await worker.terminate()
  const held = await lock(path, { timeout: "30s" })
  held.assertHeld()
  held.release()
})
