import assert from "node:assert/strict"
import { mkdirSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { BytesSerializer, FileStorage } from "../src/index.ts"

/** Runs the garbage collector, which is not there unless it is asked for. */
function collect(): void {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}

/** Walks the entries of a store of `count` keys. @returns By how many megabytes the heap grew while it did. */
export async function walkMany(directory: string, count: number): Promise<number> {
  const perFolder = 10_000
  for (let index = 0; index < count; index++) {
    const folder = join(directory, `folder${Math.floor(index / perFolder)}`)
    if (index % perFolder === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `key${index}.json`), "1")
  }
  await using storage = new FileStorage({ directory })
  collect()
  const before = process.memoryUsage().heapUsed
  let most = Number.NEGATIVE_INFINITY
  let seen = 0
  for await (const { size } of storage.entries()) {
    assert.equal(size, 1)
    if (++seen % 5_000 !== 0) continue
    collect()
    most = Math.max(most, process.memoryUsage().heapUsed - before)
  }
  assert.equal(seen, count)
  return most / 2 ** 20
}

/** Loads a value of more bytes than Node reads in one call. @returns Its size. */
export async function loadHuge(directory: string): Promise<number> {
  const size = 2 ** 31 + 5
  await using storage = new FileStorage({ directory, serializer: new BytesSerializer() })
  const { path } = await storage.save("huge", new Uint8Array(1))
  // A hole takes no place on the disk.
  truncateSync(path!, size)
  assert.equal((await storage.load<Uint8Array>("huge"))?.length, size)
  assert.equal(storage.loadSync<Uint8Array>("huge")?.length, size)
  return size
}
