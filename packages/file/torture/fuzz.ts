import assert from "node:assert/strict"
import { FileStorage } from "../src/index.ts"
import { Child } from "./child.ts"
import { leftovers } from "./leftovers.ts"

/** Processes that do at random whatever a storage can, some of them killed; nothing fails, nothing is damaged. */
export async function fuzzTogether(
  directory: string,
  random: () => number,
  milliseconds: number,
): Promise<{ readonly operations: number; readonly files: number }> {
  const start = (time: number) =>
    new Child("fuzzer", [directory, Math.floor(random() * 1e9), Math.ceil(time)])
  const lasting = Array.from({ length: 3 }, () => start(milliseconds))
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    const victim = start(60_000)
    await new Promise((resolve) => setTimeout(resolve, 300 + random() * 500))
    await victim.kill()
  }
  await Promise.all(lasting.map((child) => child.end()))
  const operations = lasting.reduce((sum, { lines }) => sum + Number(lines[0]), 0)
  await using storage = new FileStorage({ directory })
  const { files, problems } = await storage.verify()
  // A process that died while it replaced one format by another leaves the older file; it is no damage.
  const damaged = problems.filter(({ kind }) => kind !== "superseded")
  assert.deepEqual(damaged, [])
  await storage.repair()
  assert.deepEqual((await storage.verify()).problems, [])
  await storage.close()
  assert.deepEqual(leftovers(directory), [])
  return { operations, files }
}
