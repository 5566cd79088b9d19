import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { apiReport } from "../check/api/report.ts"
import { packagesIn } from "../check/workspace.ts"

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

test("what may be left out of options may be undefined, as it is of a caller who hands on what may be absent", () => {
  const strict = packagesIn().flatMap(({ directory, manifest: { name } }) => {
    const report = readFileSync(join(directory, "api.txt"), "utf8")
    return [
      ...report.matchAll(
        /^ {4}interface (\w*(?:Options|Limits|Policy|Query|Source))\b.*\n((?: {5}.*\n)*)/gm,
      ),
    ]
      .flatMap(([, options, members]) =>
        members!.split("\n").map((member) => `${name} ${options}: ${member.trim()}`),
      )
      .filter((member) => /^readonly \w+\?:/.test(member.slice(member.indexOf(": ") + 2)))
      .filter((member) => !/undefined;$|\{$/.test(member))
  })
  // Only of a condition: whoever lost the revision would overwrite.
  expect(strict.filter((member) => !/ readonly ifRevision\?/.test(member))).toEqual([])
  expect(strict.length).toBeGreaterThan(0)
})
