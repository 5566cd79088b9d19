import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { type DatabaseOptions, DatabaseStorage } from "../src/index.ts"

const program = join(import.meta.dirname, "../test/programs/lease-worker.ts")

/** Lets processes add to one value of a storage, by `update()` or under a lease, and counts. */
export async function addTogether(
  options: DatabaseOptions,
  task: "update" | "count",
  processes: number,
  times: number,
): Promise<void> {
  const args = [program, JSON.stringify(options), task, String(times)]
  const workers = Array.from({ length: processes }, () =>
    spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] }),
  )
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, "exit"))[0]))
  assert.deepEqual(new Set(codes), new Set([0]))
  await using database = new DatabaseStorage(options)
  assert.equal(await database.storage("guarded").load("counter"), processes * times)
}
