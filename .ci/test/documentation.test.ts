import { describe, expect, test } from "vitest"
import { packagesOf, programsIn } from "../check/documentation/programs.ts"

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

\`\`\`ts no-run
import {
  b,
} from "zod"
import { readFile } from "node:fs"
b()
\`\`\`

\`\`\`ts
import { mine } from "./mine.ts"
\`\`\`

\`\`\`ts
mine()
\`\`\`
`

describe("programsIn", () => {
  const programs = programsIn("README.md", markdown)

  test("joins blocks that continue a program, and leaves out what needs other files", () => {
    expect(programs).toEqual([
      {
        where: "README.md:3",
        source: 'import { a } from "@persist/one/deep"\na()\n\na(2)\n',
        runs: true,
      },
      expect.objectContaining({ where: "README.md:16", runs: false }),
    ])
  })

  test("knows the packages that a program imports", () => {
    expect(programs.map(packagesOf)).toEqual([["@persist/one"], ["zod"]])
  })
})
