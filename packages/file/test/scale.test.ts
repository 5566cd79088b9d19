import { join } from "node:path"
import { expect, test } from "vitest"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { damageRepeatedly } from "../torture/corruption.ts"
import { walkMany } from "../torture/scale.ts"
import { temporaryFolder } from "./temporary-folder.ts"

test("entries of many keys need no more memory than those of a few", async () => {
  // All of them would be some ten megabytes.
  expect(await walkMany(join(temporaryFolder(), "data"), 20_000)).toBeLessThan(3)
})

test("random damage is recovered from or refused", async () => {
  const report = await damageRepeatedly(
    join(temporaryFolder(), "data"),
    seededRandom(7),
    (n) => n === 200,
  )
  expect(report.recovered).toBeGreaterThan(50)
  expect(report.refused).toBeGreaterThan(50)
})
