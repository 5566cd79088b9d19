import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { livenessOfMaker, makerName } from "../src/makers.ts"
import { temporaryFolder } from "./support/folder.ts"

const madeBy = (name: string) => {
  const path = join(temporaryFolder(), `${name}.txt`)
  writeFileSync(path, "")
  return livenessOfMaker(name, path)
}

describe("livenessOfMaker", () => {
  test.runIf(process.platform === "linux")(
    "tells this process from one that had its number",
    () => {
      expect(makerName()).toMatch(/^[0-9a-v]{22}$/)
      expect(madeBy(makerName())).toBe("alive")
      expect(madeBy(`${makerName().slice(0, 16)}000001`)).toBe("dead")
    },
  )

  test("says nothing of a maker elsewhere, or of what names none", () => {
    const space = makerName().slice(5, 9) === "0001" ? "0002" : "0001"
    expect(madeBy(`${makerName().slice(0, 5)}${space}${makerName().slice(9)}`)).toBe("unknown")
    expect(madeBy("host~7")).toBe("unknown")
  })
})
