import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { root } from "../check/workspace.ts"

test("packages are built anew when anything changes that bundles them", () => {
  const { tasks } = JSON.parse(readFileSync(join(root, "turbo.json"), "utf8"))
  const bundler = readFileSync(join(root, ".ci/bundle.ts"), "utf8")
  const parts = Array.from(bundler.matchAll(/ from "\.\/(.+)"/g), ([, part]) => part)
  expect(parts.length).toBeGreaterThan(1)
  const inputs = ["bundle.ts", ...parts].map((part) => `$TURBO_ROOT$/.ci/${part}`)
  expect(tasks.build.inputs).toEqual(expect.arrayContaining(inputs))
})
