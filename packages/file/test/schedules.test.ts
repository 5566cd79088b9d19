import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { isLinearizable } from "../../core/src/conformance/linearizable.ts"
import { leftovers } from "../torture/leftovers.ts"
import type { Value } from "./schedules/acts.ts"
import { RandomLife, type Seen } from "./schedules/random-life.ts"
import { temporaryFolder } from "./temporary-folder.ts"

/** Whether an order explains what was seen, with some of those of which nobody knows, and without the others. */
function isExplained(seen: readonly Seen[]): boolean {
  const open = seen.filter(({ isOpen }) => isOpen)
  for (let chosen = 0; chosen < 2 ** open.length; chosen++) {
    const without = new Set(open.filter((_, index) => (chosen & (1 << index)) !== 0))
    const rest = seen.filter((one) => !without.has(one))
    if (isLinearizable<Value>(rest, undefined)) return true
  }
  return false
}

/** Lives with this seed, and expects an order that explains all. @returns The directory. */
async function live(seed: number, faults: number): Promise<string> {
  const directory = join(temporaryFolder(), "data")
  const life = new RandomLife(directory, seed, faults)
  await life.run()
  const history = life.seen.map(({ began, ended, what }) => `${began}-${ended} ${what}`)
  expect(isExplained(life.seen), `seed ${seed}: ${history.join(", ")}`).toBe(true)
  return directory
}

describe("storages of one directory, every wait of which ends in a random order", () => {
  test("do what they say in some order, and leave nothing behind", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const directory = await live(seed, 0)
      expect(leftovers(directory), `seed ${seed}`).toEqual([])
    }
  })

  test("do no more and no less than they say while calls fail, some of them having taken effect", async () => {
    for (let seed = 1; seed <= 80; seed++) await live(seed, 0.02)
  })
})
