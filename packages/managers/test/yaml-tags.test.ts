import { describe, expect, test } from "vitest"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { applyEdits } from "../src/configs/plan-update.ts"
import type { PlainObject } from "../src/plain-object.ts"

const format = configFormats.yaml

function edit(text: string, path: readonly string[], value: unknown): string {
  const before = format.parse(text) as PlainObject
  return editConfig({ format, text, before, after: applyEdits(before, [{ path, value }]) })
}

describe("YAML's tags", () => {
  test.each([
    ...["!!int x", "!!int 1.5", "!!int", "!!float x", "!!bool yes", "!!null x", "!!seq x"],
    ...["!!map [1]", "!!str [1]", "!!set {x}", "!!omap [x: 1]", "!!binary aGk=", "!!merge <<"],
    ...["!!timestamp 2020-01-01", "!<tag:yaml.org,2002:int> x"],
  ])("%s is refused, as YamlSerializer refuses it", (value) => {
    expect(() => format.parse(`a:\n  - ${value}\n`)).toThrow(
      expect.objectContaining({
        code: "ERR_PERSIST_DECODE",
        message: expect.stringContaining("its tag"),
        details: { line: 2, column: 5 },
      }),
    )
  })

  test("that fit are followed, and those of a program's own are left to it", () => {
    const list = format.parse("[!!int 0x1F, !!float 3, !!float 1.5, !!str 5, !!null , ! 5]")
    expect(list).toEqual([31, 3, 1.5, "5", null, "5"])
    expect(format.parse("{ a: !Ref x, b: !env [y] }")).toEqual({ a: "x", b: ["y"] })
  })

  test("go with a value that they do not fit, from whatever line they stand on", () => {
    const text =
      "a: !!map\n  x: 1\nb: !!seq # list\n  - 1\nc: &c\n  !!map\n  y: 1\nd: !!str\ne: [!!str z]\n"
    expect(edit(text, ["a"], "new")).toBe(text.replace("!!map\n  x: 1", "new"))
    expect(edit(text, ["b"], 5)).toBe(text.replace("!!seq ", " ").replace("- 1", "5"))
    expect(edit(text, ["c"], 5)).toBe(text.replace("&c\n  !!map\n  y: 1", "5"))
    expect(edit(text, ["d"], 5)).toBe(text.replace("!!str\ne", "5\ne"))
    expect(edit(text, ["d"], "new")).toBe(text.replace("!!str\ne", "!!str new\ne"))
    expect(edit(text, ["e", "0"], undefined)).toBe(text.replace("!!str z", ""))
    expect(edit("- !!map\n  x: 1\n- &k\n", ["0"], [1])).toBe("- [1]\n- &k\n")
    expect(edit("- !!map\n  x: 1\n- &k\n", ["1"], 2)).toBe("- !!map\n  x: 1\n- &k 2\n")
  })

  test("of a key go with the map that it is the first in", () => {
    const text = "a:\n  !!str 1: x\n  y: 2\nb:\n  - &m\n    !!str 1: x\n  - &k z: 1\n"
    expect(edit(text, ["a"], 5)).toBe(text.replace("\n  !!str 1: x\n  y: 2", " 5"))
    expect(edit(text, ["a"], [1])).toBe(text.replace("!!str 1: x\n  y: 2", "- 1"))
    expect(edit(text, ["b", "0"], 5)).toBe(text.replace("    !!str 1: x", "    5"))
    expect(edit(text, ["b", "1"], 5)).toBe(text.replace("&k z: 1", "5"))
  })
})

test("YAML is read as 1.2, whatever version the file names, as YamlSerializer reads it", () => {
  const text =
    "%YAML 1.1\n---\na: yes\nb: 012\nc: 2020-01-01\nbase: &base { x: 1 }\nd:\n  <<: *base\n"
  const value = format.parse(text)
  expect(value).toEqual({ a: "yes", b: 12, c: "2020-01-01", base: { x: 1 }, d: { "<<": { x: 1 } } })
  expect(edit(text, ["a"], "no")).toBe(text.replace("yes", '"no"'))
  expect(edit(text, ["d", "x"], 2)).toBe(`${text}  x: 2\n`)
})

describe("YAML's keys", () => {
  test("that are an alias, a collection or have no value are found", () => {
    const text = "a: &a k\n*a : 1\n? [x, y]\n: 2\n? z # none\nb: 3\n"
    expect(edit(text, ["k"], 5)).toBe(text.replace("1", "5"))
    expect(edit(text, ["[ x, y ]"], 5)).toBe(text.replace("2", "5"))
    expect(edit(text, ["z"], 5)).toBe(text.replace("none", "none\n: 5"))
    expect(edit(text, ["[ x, y ]"], undefined)).toBe(text.replace("? [x, y]\n: 2\n", ""))
  })
})

test("YAML: what readers of other versions refuse, or take for something else, is quoted and escaped", () => {
  const odd = {
    sign: "=",
    tab: "a\tb",
    "key\u2028": ["x\u0085y", "\ufeff", { "\u007f": "\ufffe\n" }],
  }
  const text = format.print(odd)
  expect(text).toBe(
    'sign: "="\ntab: "a\\tb"\n"key\\u2028":\n  - "x\\u0085y"\n  - "\\ufeff"\n  - "\\u007f": "\\ufffe\\n"\n',
  )
  expect(format.parse(text)).toEqual(odd)
  for (const [path, value] of Object.entries(odd)) {
    const edited = edit("z: 1\n", [path], value)
    expect(edited).not.toMatch(/: =|[\t\u007f-\u009f\u2028\ufeff\ufffe]/)
    expect(format.parse(edited)).toEqual({ z: 1, [path]: value })
  }
  expect(format.print({ tabs: `${"\t".repeat(100_000)}\n` })).toHaveLength(100_012)
  const block = { text: "one\n\ttwo\n" }
  expect(format.print(block)).toBe("text: |\n  one\n  \ttwo\n")
})
