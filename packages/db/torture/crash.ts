import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { DatabaseStorage } from "../src/index.ts"

const worker = join(import.meta.dirname, "../test/programs/session-worker.ts")

/** Starts a worker; see `session-worker.ts`. */
export function startWorker(
  file: string,
  task: "pairs" | "increments",
  count: number,
  durability: "full" | "file" = "file",
): ChildProcess {
  return spawn(process.execPath, [worker, file, durability, task, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
}

/** Makes the tables of the workers. */
export async function prepareFile(file: string): Promise<void> {
  await using database = new DatabaseStorage(`sqlite:${file}`)
  await database.executeSql(
    "create table pairs (name text, side text, primary key (name, side)); create table counter (n int not null); insert into counter values (0)",
  )
}

/** Kills a worker at some moment, and returns the keys that it had said were committed. */
export async function killOnce(file: string, milliseconds: number): Promise<string[]> {
  const child = startWorker(file, "pairs", 1_000_000)
  let output = ""
  child.stdout!.on("data", (chunk: Buffer) => {
    output += chunk
  })
  await once(child.stdout!, "data")
  await delay(milliseconds)
  child.kill("SIGKILL")
  await once(child, "close")
  return output.split("\n").slice(0, -1)
}

/** Everything that was said to be committed is there; nothing is there by half. */
export async function checkFile(file: string, committed: readonly string[]): Promise<void> {
  await using database = new DatabaseStorage(`sqlite:${file}`)
  const { rows } = await database.executeSql<{ name: string; sides: number }>(
    "select name, count(*) as sides from pairs group by name",
  )
  assert.deepEqual(
    rows.filter(({ sides }) => sides !== 2),
    [],
  )
  const names = new Set(rows.map(({ name }) => name))
  for (const key of committed) assert.ok(names.has(key), `${key} was committed and is gone`)
  assert.deepEqual((await database.storage("states").list()).toSorted(), [...names].toSorted())
  const { rows: integrity } = await database.executeSql("pragma integrity_check")
  assert.deepEqual(integrity, [{ integrity_check: "ok" }])
}

/** Eight processes add to one row. */
export async function incrementTogether(file: string, each: number): Promise<void> {
  const children = Array.from({ length: 8 }, () => startWorker(file, "increments", each))
  const codes = await Promise.all(children.map(async (child) => (await once(child, "close"))[0]))
  assert.deepEqual(codes, Array(8).fill(0))
  await using database = new DatabaseStorage(`sqlite:${file}`)
  const { rows } = await database.executeSql("select n from counter")
  assert.deepEqual(rows, [{ n: 8 * each }])
}
