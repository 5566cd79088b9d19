import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { house } from "../check/arrows/table.ts"
import { wrongArrows } from "../check/arrows/wrong-arrows.ts"
import { packagesIn } from "../check/workspace.ts"

const table = {
  "@fixture/floor": { on: [] },
  "@fixture/upper": { on: ["@fixture/floor"], optional: ["driver"] },
}
const fixture = (name: string) => packagesIn(join(import.meta.dirname, "fixtures/arrows", name))

describe("wrongArrows", () => {
  test("finds nothing in a house that is built as drawn", () => {
    expect(wrongArrows(fixture("right"), table)).toEqual([])
  })

  test("finds a dependency that points up, one that is missing, and a driver that is demanded", () => {
    expect(wrongArrows(fixture("declared-upwards"), table)).toEqual([
      "@fixture/floor declares @fixture/upper in dependencies, which the table forbids",
      "@fixture/upper lacks @fixture/floor in dependencies, which the table demands",
      "@fixture/upper demands driver, which its peerDependenciesMeta must make optional",
    ])
  })

  test("finds every way to import what is not allowed, and no comment or string", () => {
    expect(wrongArrows(fixture("imported-upwards"), table)).toEqual([
      "@fixture/floor imports @fixture/upper (src/index.ts:5)",
      "@fixture/floor imports typed (src/index.ts:6)",
      "@fixture/floor imports re-exported (src/index.ts:7)",
      "@fixture/floor imports starred (src/index.ts:8)",
      "@fixture/floor imports lazy (src/index.ts:13)",
      "@fixture/floor imports computed:name (src/index.ts:14)",
      "@fixture/floor imports required (src/index.ts:15)",
      "@fixture/floor imports in-one-go (src/index.ts:16)",
      "@fixture/floor imports old (src/index.ts:18)",
      "@fixture/floor imports in-place (src/index.ts:17)",
      "@fixture/floor imports type-of-module (src/index.ts:17)",
      "@fixture/floor imports added-to (src/index.ts:19)",
      "@fixture/floor imports referenced (src/index.ts:1)",
      "@fixture/floor imports ../../upper/src/index.ts (src/index.ts:23)",
      "@fixture/floor imports ../../upper/dist/index.js (src/index.ts:24)",
    ])
  })

  test("finds a package that has no place", () => {
    expect(wrongArrows(fixture("right"), {})).toHaveLength(2)
  })

  test("finds nothing in this repository", () => {
    expect(wrongArrows(packagesIn(), house)).toEqual([])
  })
})
