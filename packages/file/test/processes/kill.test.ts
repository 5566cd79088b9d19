import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import { incrementThroughKills, incrementTogether } from "../../torture/increments.ts"
import { killRepeatedly } from "../../torture/kill.ts"
import { temporaryFolder } from "../temporary-folder.ts"

describe("FileStorage, killed at any moment", () => {
  test("loses nothing acknowledged in 100 kills", async () => {
    const folder = temporaryFolder()
    const reports = await Promise.all(
      [1, 2].map((seed) =>
        killRepeatedly(join(folder, String(seed)), seededRandom(seed), (kills) => kills === 50),
      ),
    )
    for (const { acknowledged } of reports) expect(acknowledged).toBeGreaterThan(50)
  })
})

describe("FileStorage.update between processes", () => {
  test("makes 4,000 of 500 increments by each of eight", async () => {
    const directory = join(temporaryFolder(), "data")
    expect(await incrementTogether(directory, 8, 500)).toBe(4000)
  })

  test("loses no acknowledged increment to kills", async () => {
    const directory = join(temporaryFolder(), "data")
    const report = await incrementThroughKills(
      directory,
      4,
      seededRandom(3),
      (kills) => kills === 12,
    )
    expect(report.acknowledged).toBeGreaterThan(12)
  })
})
