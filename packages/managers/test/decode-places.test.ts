import { expect, test } from "vitest"
import type { ConfigFormatName } from "../src/configs/formats/config-format.ts"
import { configFormats } from "../src/configs/formats/formats.ts"

function placeOf(name: ConfigFormatName, text: string): string {
  try {
    return `read as ${JSON.stringify(configFormats[name].parse(text))}`
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: object }
    expect(code).toBe("ERR_PERSIST_DECODE")
    const { line, column } = details as { line: number; column: number }
    expect(message).toContain(`at line ${line}, column ${column}.`)
    return `${line}:${column}`
  }
}

test.each([
  ["x: 1\ny:\n  a: *x\n", "3:6"],
  ["x: &a 1\ny: *a\nz: [*a, *b]\n", "3:9"],
  ["a: 1\nb: &a [*a]\n", "2:8"],
  ["a: 1\r\nb:\r\n  - &q {z: *q}\r\n", "3:12"],
  ["a: &x 1\nb: &x [*y]\n", "2:8"],
  ["a: &x 1\nb: &x\n  c: *x\n", "3:6"],
  ["*x : 1\n", "1:1"],
  ["\uFEFFa: *x\n", "1:4"],
])(
  "YAML: an alias that stands for nothing, or for what is around it, is named with its place: %j",
  (text, place) => {
    expect(placeOf("yaml", text)).toBe(place)
  },
)

test.each([
  ["a = 1\nb\nc = 2\n", "2:2"],
  ["a = 1\nb", "2:2"],
  ["a = 1\nb\n", "2:2"],
  ["a = 1\r\nb\r\n\r\n# c\r\nc = 2\r\n", "2:2"],
  ["a = 1\nb =\nc = 2\n", "2:4"],
  ["a = 1\nb = # note\n\n\nc = 2\n", "2:11"],
  ["a = 1\r\nb = \r\n", "2:4"],
  ["\uFEFFb =\nc = 2\n", "1:4"],
  ["a = 1\n[x\ny = 1\n", "2:3"],
  ["a = 1\n\n\n[x\n", "4:3"],
  ["a.\nb = 1\n", "1:3"],
  ["b = { x\n= 1 }\n", "1:8"],
])(
  "TOML: what is missing at the end of a line is missed there, not at what comes next: %j",
  (text, place) => {
    expect(placeOf("toml", text)).toBe(place)
  },
)

test.each([
  ["a = 1\na = 2\n", "2:1"],
  ["a = 1 # x =\n= 1\n", "2:1"],
  ["a = 1\n\n: 1\n", "3:1"],
  ["a = 1\nb = 0x\nc = 1\n", "2:7"],
  ["a = [1\nc = 1\n", "2:1"],
  ["a = 1,\nb = 2\n", "1:6"],
  ["[a]\n[a]\n", "2:2"],
])("TOML: all else is where the parser finds it: %j", (text, place) => {
  expect(placeOf("toml", text)).toBe(place)
})

test("JSON: a comment is said to be one, and where comments may be", () => {
  expect(placeOf("json", '{\n  "a": 1 // one\n}')).toBe("2:10")
  expect(() => configFormats.json.parse("/* a */ {}")).toThrow(
    /Not JSON: a comment, which a file named \.jsonc may have, at line 1, column 1\./,
  )
})
