import { expect, test } from "vitest"
import { edit } from "./edit-text.ts"

test("TOML: a new table is inline beside inline tables, unless others stand there or some are in it", () => {
  const text = '[deps]\na = { version = "1" } # c\nb = "2"\n\n[other]\nx = 1\n'
  const added: [string, unknown] = ["deps.c", { version: "3", features: ["f"] }]
  const line = 'c = { version = "3", features = ["f"] }\n'
  const block = '[deps.c]\nversion = "3"\nfeatures = ["f"]\n'
  expect(edit("toml", text, added)).toBe(text.replace('b = "2"\n', `b = "2"\n${line}`))
  const top = "a = { x = 1 }\n"
  expect(edit("toml", top, ["b", { x: 2 }])).toBe(`${top}b = { x = 2 }\n`)
  for (const others of [
    "a = 1\n",
    "a = {}\n",
    "a.b = { x = 1 }\n",
    "a = { x = 1 }\n\n[deps.b]\ny = 1\n",
  ]) {
    expect(edit("toml", `[deps]\n${others}`, added)).toBe(`[deps]\n${others}\n${block}`)
  }
  for (const deep of [{ a: { b: 1 } }, { a: [{ b: 1 }] }]) {
    expect(edit("toml", text, ["deps.c", deep])).toContain("c.a]")
  }
})

test("YAML: items that come or change stand as far behind their dashes as those beside them", () => {
  const text = "repos:\n-   repo: a\n    hooks:\n    -   id: x\n"
  const hook = "    -   id: z\n        args:\n            - q\n"
  expect(edit("yaml", text, ["repos.0.hooks", [{ id: "x" }, { id: "z", args: ["q"] }]])).toBe(
    text + hook,
  )
  const list = "a:\n  -   b\n  -   c # c\nd: 1\n"
  expect(edit("yaml", list, ["a", ["b", "c", "e"]])).toBe(list.replace("d:", "  -   e\nd:"))
  expect(edit("yaml", list, ["a.0", { x: 1, z: 2 }])).toBe(
    list.replace("b\n", "x: 1\n      z: 2\n"),
  )
  expect(edit("yaml", "- # c\n  x: 1\n", ["1", { z: 2 }])).toBe("- # c\n  x: 1\n- z: 2\n")
  expect(edit("yaml", "a:\n-   {}\n", ["a.0", { x: 1, z: 2 }])).toBe("a:\n-   x: 1\n    z: 2\n")
})
