import { join } from "node:path"
import { expect, test } from "vitest"
import { apiReport } from "../check/api/report.ts"

const entry = join(import.meta.dirname, "fixtures/api/index.d.ts")

test("a report shows what is exported, and what of ours stands behind it, without comments", () => {
  expect(apiReport("shop", { ".": entry, "./again": entry })).toBe(
    `${[
      "What shop exports. Written by `pnpm check --record`; a change here is a change for users.",
      "",
      "## shop",
      "",
      "Options",
      "    interface Options {",
      "        readonly path?: string;",
      "    }",
      "Serializer: of elsewhere",
      "Storage (Shelf)",
      "    declare class Shelf {",
      "        #private;",
      "        readonly boards: readonly Board[];",
      "    }",
      "open",
      "    declare function open(options?: Options): shelf.Shelf;",
      "    declare function open(path: string): shelf.Shelf;",
      "",
      "## shop/again",
      "",
      "Options: as Options",
      "Serializer: of elsewhere",
      "Storage: as Storage",
      "open: as open",
      "",
      "## Behind these",
      "",
      "Board",
      "    interface Board {",
      "        readonly width: number;",
      "    }",
    ].join("\n")}\n`,
  )
})
