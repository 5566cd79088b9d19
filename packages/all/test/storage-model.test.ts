import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import { DatabaseStorage, FileStorage } from "../src/index.ts"
import { NaiveStorage } from "./support/naive-storage.ts"
import { RealStorage, type Reopenable } from "./support/real-storage.ts"
import { stepsOf } from "./support/storage-steps.ts"

const root = mkdtempSync(join(tmpdir(), "persist-all-"))
afterAll(() => rmSync(root, { recursive: true }))
let count = 0

function files(): Reopenable {
  const directory = join(root, `files-${++count}`)
  return {
    open(options) {
      const storage = new FileStorage({ ...options, directory, durability: "none" })
      return { storage, close: () => storage.close() }
    },
  }
}

function table(): Reopenable {
  const url = `sqlite:${join(root, `${++count}.db`)}`
  return {
    open(options) {
      const database = new DatabaseStorage(url)
      return { storage: database.storage("values", options), close: () => database.close() }
    },
  }
}

function tableInMemory(): Reopenable {
  const database = new DatabaseStorage("sqlite::memory:")
  return {
    open(options) {
      const storage = database.storage("values", options)
      return { storage, close: () => storage.close() }
    },
  }
}

test.each([
  ["FileStorage", files, false],
  ["TableStorage", table, true],
  ["TableStorage in memory", tableInMemory, true],
] as const)("%s does and says what the contract says", async (_, make, ttl) => {
  const steps = fc.array(stepsOf(ttl), { minLength: 5, maxLength: 40, size: "max" })
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const naive = new NaiveStorage()
      const real = new RealStorage(make(), Date.UTC(2026, 0, 1, count))
      try {
        for (const step of steps) {
          expect(await real.run(step), JSON.stringify(step)).toEqual(naive.run(step))
        }
      } finally {
        await real.close()
      }
    }),
    { numRuns: 30 },
  )
})
