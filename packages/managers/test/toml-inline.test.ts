import { expect, test, vi } from "vitest"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import { tomlText } from "../src/configs/edit/toml-tree.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { applyEdits } from "../src/configs/plan-update.ts"
import type { PlainObject } from "../src/plain-object.ts"

vi.mock("../src/configs/edit/toml-tree.ts", { spy: true })

/** `text` with these values at these dotted paths; `undefined` removes. */
function edited(text: string, values: Record<string, unknown>): string {
  const format = configFormats.toml
  const before = format.parse(text) as PlainObject
  const changes = Object.entries(values).map(([path, value]) => ({ path: path.split("."), value }))
  return editConfig({ format, text, before, after: applyEdits(before, changes) })
}

const places = Array.from({ length: 50 }, (_, place) => place)

test.each<[string, unknown, string]>([
  ["go from", undefined, ""],
  ["give way in", 7, places.map((place) => `a${place} = 7, `).join("")],
])("tables of dotted keys %s one inline table without reading it for each", (_, value, left) => {
  const members = places.map((place) => `a${place}.x = 1, a${place}.y.z = 2, `).join("")
  const values = Object.fromEntries(places.map((place) => [`t.a${place}`, value]))
  vi.mocked(tomlText).mockClear()
  expect(edited(`t = { ${members}b.c = 3 }\n`, values)).toBe(`t = { ${left}b.c = 3 }\n`)
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
  const gone = { "t.a": undefined, "u.a": undefined, "v.a": undefined, "w.a.b": undefined }
  expect(edited(text, gone)).toBe(`t = { b = 1 }
u = {}
v = {
  b = 2, # two
}
w = { c = 1, a = {}, d = 2, }
`)
})
