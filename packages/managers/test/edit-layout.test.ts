import { expect, test } from "vitest"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import { yamlTextStyle } from "../src/configs/edit/text-style.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
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

test.each([
  ['{"a":1,"b":2}', '{"a":1,"b":2,"c":{"d":[1,"e, {f"]}}'],
  ['{"a":1}\n', '{"a":1,"c":{"d":[1,"e, {f"]}}\n'],
  ['{"a": 1, "b": 2}', '{"a": 1, "b": 2, "c": {"d": [1, "e, {f"]}}'],
  ['{ "a" : 1 }', '{ "a" : 1, "c" : {"d": [1, "e, {f"]} }'],
  ['{"a":1 ,"b":2}', '{"a":1 ,"b":2,"c":{"d":[1,"e, {f"]}}'],
  ['{"a":1,   "b":2}', '{"a":1,   "b":2,"c":{"d":[1,"e, {f"]}}'],
  ["{ }", '{ "c": {"d": [1, "e, {f"]} }'],
])("JSON: what comes into one line is as close as what stands there: %j", (text, as) => {
  expect(edit("json", text, ["c", { d: [1, "e, {f"] }])).toBe(as)
})

test.each([
  [
    '{\n  "a":\n  {\n    "b": 1\n  }\n}\n',
    '  },\n  "c": {\n    "d": [\n      "e: f"\n    ]\n  }\n}\n',
  ],
  [
    '{\r\n\t"a":\r\n\t{\r\n\t}\r\n}',
    '\t},\r\n\t"c": {\r\n\t\t"d": [\r\n\t\t\t"e: f"\r\n\t\t]\r\n\t}\r\n}',
  ],
  ['{\n  "a":1\n}\n', ',\n  "c":{\n    "d": [\n      "e: f"\n    ]\n  }\n}\n'],
  ['{\n "a":\t1\n}\n', ',\n "c":\t{\n  "d": [\n   "e: f"\n  ]\n }\n}\n'],
])("JSON: on lines of its own it has the colons that stand on lines: %j", (text, end) => {
  const edited = edit("json", text, ["c", { d: ["e: f"] }])
  expect(edited.slice(-end.length)).toBe(end)
})

test("JSON: a list alone tells by its commas", () => {
  const edited = (text: string) =>
    editConfig({
      format: configFormats.json,
      text,
      before: ["a", "b"],
      after: ["a", "b", { c: 1 }],
    })
  expect(edited('["a", "b"]')).toBe('["a", "b", {"c": 1}]')
  expect(edited('["a","b"]')).toBe('["a","b",{"c":1}]')
})

test.each([
  ["json", '{"a":[1,2]}', '{"a":[1,2,3]}'],
  ["json", '{"a":[1]}', '{"a":[1,3]}'],
  ["json", '{"a": [1]}', '{"a": [1, 3]}'],
  ["json", '{\n  "a": [1,2]\n}\n', '{\n  "a": [1,2,3]\n}\n'],
  ["jsonc", '{"a":[1,2/* two */]}', '{"a":[1,2,/* two */ 3]}'],
  ["yaml", "a: [1,2]\n", "a: [1,2,3]\n"],
  ["yaml", "a: [1]\n", "a: [1, 3]\n"],
  ["toml", "a = [1,2]\n", "a = [1,2,3]\n"],
  ["toml", "a = [1, 2]\n", "a = [1, 2, 3]\n"],
] as const)("%s: so is what comes into a list: %j", (format, text, as) => {
  const before = configFormats[format].parse(text) as { a: number[] } | number[]
  const after = Array.isArray(before) ? [...before, 3] : { a: [...before.a, 3] }
  expect(editConfig({ format: configFormats[format], text, before, after })).toBe(as)
})

test("what comes in front of others is as close as they are", () => {
  expect(edit("json", '{"a":[1,2]}', ["a", [0, 1, 2]])).toBe('{"a":[0,1,2]}')
  expect(edit("yaml", "a: {b: 1,c: 2}\n", ["a.d", "x"])).toBe("a: {b: 1,c: 2,d: x}\n")
  expect(edit("toml", "a = {b=1,c=2}\n", ["a.d", 3])).toBe("a = {b=1,c=2,d = 3}\n")
})

test.each([
  ["", "db", "[db.pooler]\nenabled = true\n"],
  ["a = 1\n", "db", "a = 1\n\n[db.pooler]\nenabled = true\n"],
  ["[db]\n", "db", "[db]\n\n[db.pooler]\nenabled = true\n"],
  ["[db]\n", "db.a", "[db]\n\n[db.a.pooler]\nenabled = true\n"],
  ["[[db]]\nx = 1\n", "db.1", "[[db]]\nx = 1\n\n[[db]]\n\n[db.pooler]\nenabled = true\n"],
])(
  "TOML: a table with tables alone needs no header, as in a new file: %j, %s",
  (text, path, as) => {
    expect(edit("toml", text, [path, { pooler: { enabled: true } }])).toBe(as)
  },
)

test.each([
  ["d: |\n      a text\ns:\n  p: 1\n", "  q:\n    a: 1\n"],
  ["d: a text\n      that goes on\ns: # c\n\n  # c\n  p: 1\n", "  q:\n    a: 1\n"],
  ["d: |\r\n   a text\r\ns:\r\n    p: 1\r\n", "    q:\r\n        a: 1\r\n"],
  ["l:\n- |\n      a text\ns:\n  p: 1\n", "  q:\n    a: 1\n"],
])(
  "YAML: new lines are indented as those of objects are, not as those of texts: %j",
  (text, as) => {
    expect(edit("yaml", text, ["s.q", { a: 1 }])).toBe(text + as)
  },
)

test("the style of a long YAML text is read at once", () => {
  const texts = [
    "a: : #".repeat(50_000),
    `a:${"\r\n".repeat(200_000)}b: 1`,
    "a: # x\n# y\n".repeat(50_000),
  ]
  const before = process.cpuUsage()
  for (const text of texts) yamlTextStyle(text)
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
})

test.each([
  ["l:\n- a\n", "q:\n- b: 1\n  c:\n  - 2\n"],
  ["l:\n  # c\n\n  - a\n", "q:\n  - b: 1\n    c:\n      - 2\n"],
  ["a:\r\n  l: # c\r\n  -\r\n    x\r\n", "q:\r\n- b: 1\r\n  c:\r\n  - 2\r\n"],
  ["a:\n    l:\n    - b:\n      - c\n", "q:\n- b: 1\n  c:\n      - 2\n"],
  ["a: -1\n", "q:\n  - b: 1\n    c:\n      - 2\n"],
])("YAML: new lists are as far in as those that are there: %j", (text, as) => {
  expect(edit("yaml", text, ["q", [{ b: 1, c: [2] }]])).toBe(text + as)
})

test("YAML: a level list comes into an item, an empty place and below a comment", () => {
  const text = "l:\n- a: 1\n- b: # c\nm: []\nn: # d\n"
  const edits: [string, unknown][] = [
    ["l.0.q", [1]],
    ["l.1.b", [2, [3]]],
    ["m.0", 4],
    ["n", [5]],
  ]
  expect(edit("yaml", text, ...edits)).toBe(
    "l:\n- a: 1\n  q:\n  - 1\n- b: # c\n  - 2\n  - - 3\nm:\n- 4\nn: # d\n- 5\n",
  )
})
