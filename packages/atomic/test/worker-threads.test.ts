import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { expect, test } from "vitest"
import { lock, lockSync, PersistError } from "../src/index.ts"
import { temporaryFolder } from "./support/folder.ts"

const onLinux = process.platform === "linux"

test("a lock that a worker thread holds is waited for, and given up when the thread was ended", async () => {
  const path = join(temporaryFolder(), "data")
  const worker = await startHolder(path, { heartbeat: 300 })
  const error = await lock(path, { timeout: 1_000 }).catch((error) => error)
  expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
  expect(error.details.holder).toMatchObject({ pid: process.pid, thread: worker.threadId })
  await worker.terminate()
  const held = await lock(path, { timeout: "30s" })
  held.assertHeld()
  held.release()
})

test.runIf(onLinux)("a worker thread that was ended is known to be gone at once", async () => {
  const path = join(temporaryFolder(), "data")
  const worker = await startHolder(path, { heartbeat: "1h" })
  expect(() => lockSync(path, { timeout: 0 })).toThrow(/not free/)
  await worker.terminate()
  lockSync(path, { timeout: "5s" }).release()
})

test.runIf(onLinux)(
  "a worker thread keeps its lock, however long it gives no sign of life",
  async () => {
    const path = join(temporaryFolder(), "data")
    const worker = await startHolder(path, { heartbeat: 10, isSilent: true })
    const error = await lock(path, { timeout: 700 }).catch((error) => error)
    expect(PersistError.is(error, "ERR_PERSIST_TIMEOUT")).toBe(true)
    await worker.terminate()
  },
)

test("a worker thread of which nothing more is known has its signs of life only", async () => {
  const path = join(temporaryFolder(), "data")
  const worker = await startHolder(path, { heartbeat: 10, isSilent: true })
  const record: object = JSON.parse(readFileSync(`${path}.lock`, "utf8"))
  writeFileSync(`${path}.lock`, JSON.stringify({ ...record, task: undefined }))
  const held = await lock(path, { timeout: "30s" })
  held.release()
  await worker.terminate()
})

async function startHolder(path: string, options: object): Promise<Worker> {
  const script = new URL("./support/lock-worker.ts", import.meta.url)
  const worker = new Worker(script, { workerData: { path, ...options }, execArgv: [] })
  await once(worker, "message")
  return worker
}
