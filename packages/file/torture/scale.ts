import assert from "node:assert/strict"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FileStorage } from "../src/index.ts"

/** Walks the entries of a store of `count` keys. @returns By how many megabytes the heap grew while it did. */
export async function walkMany(directory: string, count: number): Promise<number> {
  const perFolder = 10_000
  for (let index = 0; index < count; index++) {
    const folder = join(directory, `folder${Math.floor(index / perFolder)}`)
    if (index % perFolder === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `key${index}.json`), "1")
  }
  await using storage = new FileStorage({ directory })
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let most = 0
  let seen = 0
  for await (const { size } of storage.entries()) {
    assert.equal(size, 1)
    if (++seen % 5_000 !== 0) continue
    globalThis.gc?.()
    most = Math.max(most, process.memoryUsage().heapUsed - before)
  }
  assert.equal(seen, count)
  return most / 2 ** 20
}
