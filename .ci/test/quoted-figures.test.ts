import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"

test("the READMEs quote the figures of the last benchmarks", () => {
  const quote = join(import.meta.dirname, "../../benchmarks/quote.ts")
  expect(() => execFileSync(process.execPath, [quote, "--check"], { stdio: "pipe" })).not.toThrow()
})
