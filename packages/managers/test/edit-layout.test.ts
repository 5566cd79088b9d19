import { expect, test } from "vitest"
import { edit } from "./edit-text.ts"

test.each(["a = 1\r\n", "[a]\r\nx = 1\r\n", "[[a]]\r\nx = 1\r\n"])(
  "TOML keeps its line breaks where all that had some goes: %j",
  (text) => {
    expect(edit("toml", text, ["a", undefined], ["b", 2], ["c", { d: 3 }])).toBe(
      "b = 2\r\n\r\n[c]\r\nd = 3\r\n",
    )
    expect(edit("toml", text, ["a", "x"])).toBe('a = "x"\r\n')
  },
)

test("TOML keeps its line breaks where the last of the tables goes", () => {
  expect(edit("toml", "[[a.b]]\r\nx = 1\r\n", ["a.b.0", undefined])).toBe("[a]\r\nb = []\r\n")
})

test.each([
  ["--- {}\n", "---\na:\n  b: 1\n"],
  ["%YAML 1.2\r\n--- {}\r\n# c\r\n", "%YAML 1.2\r\n---\r\na:\r\n  b: 1\r\n# c\r\n"],
  ["--- null\n", "---\na:\n  b: 1\n"],
  ["--- ~ # c\n...\n", "--- # c\na:\n  b: 1\n...\n"],
])(
  "YAML: what comes into nothing behind a document's mark has lines of its own: %j",
  (text, as) => {
    expect(edit("yaml", text, ["a", { b: 1 }])).toBe(as)
  },
)
