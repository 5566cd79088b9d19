import { createRequire } from "node:module"
import { describe, expect, test, vi } from "vitest"
import { locatorIn } from "../src/configs/edit/locate.ts"
import { configFormats } from "../src/configs/formats/formats.ts"

const texts = {
  json: '{"a": {"b": 1, "c": [1, 2]},\n"d": {"e": 1}, "f": 0}\n',
  jsonc: '{"a": {"b": 1, /* b */ "c": [1, 2]},\n"d": {"e": 1}, "f": 0}\n',
  yaml: "a:\n  b: 1\n  c: [1, 2]\nd: &x {e: 1}\nf: *x\n",
  toml: "f = 0\n[a]\nb = 1\nc = [1, 2]\n[d]\ne = 1\n",
} as const

describe("locatorIn", () => {
  test.each(["json", "jsonc", "yaml", "toml"] as const)(
    "finds in %s what a path names, or what it lies in",
    (name) => {
      for (const bom of ["", "\uFEFF"]) {
        const text = bom + texts[name]
        const offsetOf = locatorIn(configFormats[name], text)
        const found = (path: string) => text.slice(offsetOf(path.split("."))).replace(/^"/, "")[0]
        const places = ["a.b", "a.c.1", "d.e", "f.e", "a.c.1.none", "a.none"]
        expect(places.map(found), bom).toEqual([
          "b",
          "2",
          "e",
          "f",
          "2",
          name === "toml" ? "[" : "a",
        ])
        expect(offsetOf(["none"])).toBeUndefined()
        expect(offsetOf([])).toBe(bom.length)
      }
    },
  )

  test("reads a text once for all that is asked in one go", () => {
    const readings = vi.spyOn(createRequire(import.meta.url)("yaml"), "Composer")
    const offsetOf = locatorIn(configFormats.yaml, texts.yaml)
    const places = [["a", "b"], ["a", "c", "1", "none", "of", "it"], ["none"], ["d", "e"]]
    expect(places.map(offsetOf)).toEqual([5, 19, undefined, 29])
    expect(readings).toHaveBeenCalledTimes(1)
    readings.mockRestore()
  })
})
