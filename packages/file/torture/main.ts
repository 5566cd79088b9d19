import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { tortureOptions } from "../../../.ci/torture-options.ts"
import { damageRepeatedly } from "./corruption.ts"
import { fuzzTogether } from "./fuzz.ts"
import { incrementThroughKills, incrementTogether } from "./increments.ts"
import { killRepeatedly } from "./kill.ts"
import { loadHuge, walkMany } from "./scale.ts"

// main.ts [--seconds N] [--seed N]: the long form of the fault tests. A failure ends it with what went wrong.
const { seconds = 60, seed } = tortureOptions()
const root = mkdtempSync(join(tmpdir(), "persist-torture-file-"))

/** Says "over" when this part of the time is used up. */
function timer(part: number): () => boolean {
  const end = performance.now() + seconds * 1000 * part
  return () => performance.now() >= end
}

async function phase<T>(name: string, run: (directory: string) => Promise<T>): Promise<void> {
  const start = performance.now()
  const report = await run(join(root, name.replaceAll(/\W+/g, "-")))
  const took = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${name} (${took} s): ${JSON.stringify(report)}`)
}

console.log(`torture file: ${seconds} s, seed ${seed}`)
try {
  await phase("eight processes, 500 increments each", (directory) =>
    incrementTogether(directory, 8, 500),
  )
  await phase("increments through kills", (directory) =>
    incrementThroughKills(directory, 6, seededRandom(seed), timer(0.3)),
  )
  await phase("kills of a saver", (directory) =>
    killRepeatedly(directory, seededRandom(seed + 1), timer(0.4)),
  )
  await phase("anything by many", (directory) =>
    fuzzTogether(directory, seededRandom(seed + 3), seconds * 100),
  )
  await phase("damaged bytes", (directory) =>
    damageRepeatedly(directory, seededRandom(seed + 2), timer(0.15)),
  )
  await phase("entries of many keys", async (directory) => {
    const keys = Math.min(1_000_000, Math.max(20_000, seconds * 1_000))
    const megabytes = await walkMany(directory, keys)
    assert.ok(megabytes < 3, `the heap grew by ${megabytes} MB`)
    return { keys, megabytes: Number(megabytes.toFixed(1)) }
  })
  await phase("a value of more than 2 GiB", async (directory) => ({
    bytes: await loadHuge(directory),
  }))
  console.log("Nothing was lost, torn or left behind.")
} finally {
  rmSync(root, { recursive: true, force: true })
}
