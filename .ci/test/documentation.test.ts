import { describe, expect, test } from "vitest"
import { blocksIn, indentedFences } from "../check/documentation/blocks.ts"
import { problemsOf } from "../check/documentation/other-blocks.ts"
import { packagesOf, programsIn } from "../check/documentation/programs.ts"
import { deadLinks } from "../check/documentation/relative-links.ts"
import { remarksIn, unprinted } from "../check/documentation/remarks.ts"

const markdown = `# Title

\`\`\`ts
import { a } from "@persist/one/deep"
a()
\`\`\`

\`\`\`sh
npm install nothing
\`\`\`

\`\`\`ts
a(2)
\`\`\`

\`\`\`text prints
2
\`\`\`

<!-- ts [mine.ts]
import "own"
export const mine = 1
-->

\`\`\`ts no-run: it needs a server
import {
  b,
} from "zod"
import { mine } from "./mine.ts"
import { readFile } from "node:fs"
b()
\`\`\`

<!-- ts
declare function hidden(): void
-->
`

describe("programsIn", () => {
  const programs = programsIn(blocksIn("README.md", markdown))

  test("joins blocks that continue a program, hidden ones too, and keeps what it must print", () => {
    expect(programs).toEqual([
      {
        where: "README.md:3",
        source: 'import { a } from "@persist/one/deep"\na()\n\na(2)\n',
        files: {},
        runs: true,
        prints: "2\n",
      },
      {
        where: "README.md:25",
        source: expect.stringContaining("b()\n\ndeclare function hidden(): void\n"),
        files: { "mine.ts": 'import "own"\nexport const mine = 1\n' },
        runs: false,
        prints: undefined,
      },
    ])
  })

  test("knows the packages that a program and the files beside it import", () => {
    expect(programs.map(packagesOf)).toEqual([["@persist/one"], ["zod", "own"]])
  })
})

describe("remarksIn", () => {
  const source = `
console.log(cache.get("answer"), cache.get("missing", 0)) // 42 0
console.log(await load()) // { level: 3, hero: { name: 'Ada' } }
  console.log([4, 4]) // [4, 4]
console.log(back.has(back), 1n) // true -1.5 2n
console.log(value) // somebody else wrote in between
console.log(value) // 3 lines, one of them {empty}
console.log(value) // { level: 3, … }
save(42) // 42
`
  const remarks = remarksIn(source)

  test("takes values for what is printed, and leaves words alone", () => {
    expect(remarks).toEqual([
      "42 0",
      "{ level: 3, hero: { name: 'Ada' } }",
      "[4, 4]",
      "true -1.5 2n",
    ])
  })

  test("finds those that are not printed", () => {
    const output = "true -1.5 2n\n42 0\n[ 4, 4 ]\n{ level: 3, hero: { name: 'Ada' } }\n"
    expect(unprinted(remarks, output)).toEqual([])
    expect(unprinted(remarks, output.replace("42 0", "42 1").replace("Ada", "Bob"))).toEqual([
      "42 0",
      "{ level: 3, hero: { name: 'Ada' } }",
    ])
  })
})

describe("problemsOf", () => {
  const problems = (fence: string, source = "x") =>
    problemsOf(blocksIn("README.md", `\`\`\`${fence}\n${source}\n\`\`\`\n`))

  test("finds nothing in what is checked elsewhere or says why it cannot be", () => {
    expect(problemsOf(blocksIn("README.md", markdown))).toEqual([])
    expect(problems("yaml unchecked: an excerpt")).toEqual([])
    expect(problems("", "┌──┐")).toEqual([])
    expect(problems("sh", "npm install @persist/file zod # both\npnpm check\nnode a.ts")).toEqual(
      [],
    )
  })

  test.each([
    ["ts no-run", "x", "which means nothing here"],
    ["js unchecked: too long", "x", "which must be checked"],
    ["ts unchecked: too long", "x", "which means nothing here"],
    ["yaml", "x", "says why"],
    ["", "x", "says why"],
    ["json", "{", "is no JSON"],
    ["sh", "npm install @persist/nothing", "is not a package here"],
    ["sh", "pnpm nothing", "which is not there"],
    ["sh", "rm -rf /", "nobody checks"],
  ])("finds what is wrong with ```%s", (fence, source, what) => {
    expect(problems(fence, source)).toEqual([expect.stringContaining(what)])
  })
})

describe("indentedFences", () => {
  test("finds blocks that would not be checked", () => {
    expect(indentedFences("README.md", markdown)).toEqual([])
    expect(indentedFences("README.md", "- a list\n  ```ts\n  a()\n  ```")).toHaveLength(2)
  })
})

describe("deadLinks", () => {
  test("follows links to files, folders and headings, and leaves code alone", () => {
    const text =
      "# One `two`!\n[a](#one-two) [b](packages/core) [c](LICENSE) `[d](nowhere)` [e](https://example.org)"
    expect(deadLinks("README.md", text)).toEqual([])
    expect(
      deadLinks("README.md", "[a](#three) [b](nowhere.md) [c](packages/core#nothing)"),
    ).toEqual([
      "README.md links to #three, which is not there",
      "README.md links to nowhere.md, which is not there",
      "README.md links to packages/core#nothing, which is not there",
    ])
  })
})
