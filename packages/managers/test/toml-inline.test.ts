import { expect, test, vi } from "vitest"
import { tomlText } from "../src/configs/edit/toml-tree.ts"
import { edit } from "./edit-text.ts"

vi.mock("../src/configs/edit/toml-tree.ts", { spy: true })

const places = Array.from({ length: 50 }, (_, place) => place)

test.each<[string, unknown, string]>([
  ["go from", undefined, ""],
  ["give way in", 7, places.map((place) => `a${place} = 7, `).join("")],
])("tables of dotted keys %s one inline table without reading it for each", (_, value, left) => {
  const members = places.map((place) => `a${place}.x = 1, a${place}.y.z = 2, `).join("")
  const changes = places.map((place): [string, unknown] => [`t.a${place}`, value])
  vi.mocked(tomlText).mockClear()
  expect(edit("toml", `t = { ${members}b.c = 3 }\n`, ...changes)).toBe(`t = { ${left}b.c = 3 }\n`)
  expect(vi.mocked(tomlText).mock.calls.length).toBeLessThan(5)
})

test("dotted keys of one table go from its end, from many places in it, and from lines of their own", () => {
  const text = `t = { b = 1, a.x = 2, a.y = 3 }
u = { a.x = 2, a.y = 3 }
v = {
  a.x = 1, # one
  b = 2, # two
  a.y = 3, # three
}
w = { c = 1, a.b.x = 1, d = 2, a.b.y = 2, a.b.z = 3, }
`
  const gone = ["t.a", "u.a", "v.a", "w.a.b"].map((path): [string, unknown] => [path, undefined])
  expect(edit("toml", text, ...gone)).toBe(`t = { b = 1 }
u = {}
v = {
  b = 2, # two
}
w = { c = 1, a = {}, d = 2, }
`)
})
