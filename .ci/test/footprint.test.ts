import { describe, expect, test } from "vitest"
import { excessOf, type Footprint } from "../check/installed/footprint.ts"

const ceiling: Footprint = {
  packages: 3,
  packedKilobytes: 20,
  installedMegabytes: 1,
  entryPoints: { ".": { minifiedKilobytes: 4, importMilliseconds: 50 } },
}

describe("excessOf", () => {
  test("finds nothing at the ceiling", () => {
    expect(excessOf(ceiling, ceiling)).toEqual([])
  })

  test("finds a package more, a fatter entry point, and an entry point without a ceiling", () => {
    const cost = { minifiedKilobytes: 4.1, importMilliseconds: 50 }
    const row = { ...ceiling, packages: 4, entryPoints: { ".": cost, "./extra": cost } }
    expect(excessOf(row, ceiling)).toEqual([
      "packages: 4, ceiling 3",
      ". minifiedKilobytes: 4.1, ceiling 4",
      "./extra minifiedKilobytes: 4.1, and no ceiling",
      "./extra importMilliseconds: 50, and no ceiling",
    ])
  })

  test("finds a package that has no row", () => {
    expect(excessOf(ceiling, undefined)).toEqual(["it has no row"])
  })
})
