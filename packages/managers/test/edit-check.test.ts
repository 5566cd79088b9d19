import { expect, test } from "vitest"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { harmOf } from "./fuzz/edit-check.ts"

// The judge of random edits is judged itself.

test("takes the empty list that stays of a table for what it is, also of the name null", () => {
  const format = configFormats.toml
  const text = '# a\n[[ "null" ]]\n# c1\nx = 1\n# c2\n["null".y]\n# c3'
  const before = format.parse(text)
  const edited = editConfig({ format, text, before, after: { null: [] } })
  // A comment above what goes with its table goes too; one above a header stays.
  expect(edited).toBe("# a\n# c2\n# c3\nnull = []\n")
  const edit = {
    format: "toml",
    text,
    before,
    operation: { op: "remove", path: "/null/0" },
  } as const
  expect(harmOf({ ...edit, edited })).toBe(undefined)
  expect(harmOf({ ...edit, edited: `${edited}x = 2\n` })).toBe("something was put in")
  expect(harmOf({ ...edit, edited: edited.replace("# c3", "") })).toBe(
    "something beside it is gone",
  )
})
