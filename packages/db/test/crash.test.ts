import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { checkFile, incrementTogether, killOnce, prepareFile } from "../torture/crash.ts"
import { findProgram } from "./support/private-server.ts"

let directory: string
let file: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "persist-db-"))
  file = join(directory, "app.db")
  await prepareFile(file)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

// `pnpm torture db` does the same for as long as you like.
describe("a process that is killed", () => {
  test("in the middle of sessions leaves what was committed, and nothing else", async () => {
    const committed: string[] = []
    for (let kill = 0; kill < 6; kill++) committed.push(...(await killOnce(file, kill * 7)))
    expect(committed.length).toBeGreaterThan(6)
    await checkFile(file, committed)
  })
})

describe("eight processes", () => {
  test("add to one row without losing anything", async () => {
    await incrementTogether(file, 25)
  })
})

describe("threads that open a new database at once", () => {
  // Two that turn its journal on at the same moment are told that it is busy, and SQLite waits for neither.
  test("without being able to wait, all come to it", async () => {
    const [threads, rounds] = [3, 100]
    const workerData = {
      directory,
      rounds,
      threads,
      arrived: new Int32Array(new SharedArrayBuffer(4)),
    }
    const program = join(import.meta.dirname, "programs/open-worker.ts")
    const workers = Array.from({ length: threads }, () => new Worker(program, { workerData }))
    const answers = await Promise.all(workers.map((worker) => once(worker, "message")))
    expect(answers).toEqual(Array.from({ length: threads }, () => [[]]))
    await Promise.all(workers.map((worker) => worker.terminate()))
  })
})

describe('durability "full"', () => {
  const strace = findProgram("strace")
  test.skipIf(strace === undefined && !process.env.CI)("waits for the disk at every commit", () => {
    expect(strace, "strace is missing: apt-get install strace").toBeDefined()
    const syncs = (durability: string) => {
      const args = [
        "-f",
        "-c",
        "-e",
        "trace=fsync,fdatasync",
        process.execPath,
        join(import.meta.dirname, "programs/session-worker.ts"),
        file,
        durability,
        "increments",
        "20",
      ]
      const { stderr, status } = spawnSync(strace!, args, { encoding: "utf8" })
      expect(status).toBe(0)
      return [...stderr.matchAll(/\s(\d+)\s+f(?:data)?sync$/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      )
    }
    expect(syncs("full")).toBeGreaterThanOrEqual(20)
    expect(syncs("file")).toBeLessThan(20)
  })
})
