import { expect, test } from "vitest"
import { fuzzEdits } from "./fuzz/fuzz-edits.ts"

// The long form, 3,000 edits a format and more, is torture/main.ts.
test.each(["json", "jsonc", "yaml", "toml"] as const)(
  "random edits in %s change what was meant and no other byte",
  (format) => {
    const seed = Number(process.env.PERSIST_SEED ?? 1)
    const { edits, refused } = fuzzEdits(format, 600, seed)
    expect(refused.length / edits, refused[0] ?? "").toBeLessThan(0.02)
  },
)
