import { describe, expect, test } from "vitest"
import { stringify } from "yaml"
import { YamlSerializer } from "../src/yaml/index.ts"
import { ValueCount } from "../src/yaml/value-count.ts"
import { yamlLibrary } from "../src/yaml/yaml-library.ts"
import { failure } from "./failure.ts"

const { Lexer } = yamlLibrary()

function countOf(text: string): number {
  const count = new ValueCount()
  for (const lexeme of new Lexer().lex(text)) count.take(lexeme)
  return count.values
}

function valuesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1
  return Object.values(value).reduce((sum: number, child) => sum + valuesOf(child), 1)
}

describe("ValueCount", () => {
  test.each<[text: string, values: number]>([
    ["- a\n- - b\n  -\n- {}", 5],
    ["a: 1\n? b\n: c\n'-': \":\"\nd:", 4],
    ['[a, [b, c], "-", {d: e}]', 5],
    ["{a, b: c, d, e: [f, g],}", 5],
    ["[a: b, c: d, e]", 4],
    ["? a\n? b\n: c\nd: e", 3],
    ["{? a, ? b : c, d: e, f, ? g}", 5],
    ["[? a, ? b : c, {? }, d]", 6],
    ["- |\n -\n- >-\n :\n- - ','", 4],
    ["text: -, [ {,\nmore: a-b:c,d", 2],
    ["# - : ,\n&a b-c", 0],
  ])("of %j is %i", (text, values) => {
    expect(countOf(text)).toBe(values)
  })

  test("is never more than there are, in any style, and not much less", () => {
    const list = [["-", ":", ","], {}, [], { a: { "- b": null, "[": "}" } }, "a: b, c", "\n-\n:"]
    const value = { list, ":": [list, { ",": list }], "-": [[[]], [{}], "x", null, -1] }
    const values = valuesOf(value)
    for (const collectionStyle of ["block", "flow"] as const)
      for (const defaultStringType of ["PLAIN", "BLOCK_LITERAL", "QUOTE_DOUBLE"] as const)
        for (const simpleKeys of [false, true]) {
          const options = {
            collectionStyle,
            defaultStringType,
            simpleKeys,
            aliasDuplicateObjects: false,
          }
          const count = countOf(stringify(value, options))
          expect(count).toBeLessThanOrEqual(values)
          expect(count).toBeGreaterThan(values / 2)
        }
  })
})

describe("limits.nodes of YAML", () => {
  test.each([
    ["a list", "- a\n"],
    ["a list in brackets", "[[a,a,a,a,a],\n[a]],"],
    ["a map", "? k\n: v\n"],
    ["a map of keys", "? k\n"],
  ])("ends the reading of %s before the rest of it is looked at", (_name, piece) => {
    const start = piece.startsWith("[") ? "[" : ""
    const text = `${start}${piece.repeat(2000)}}`
    const error = failure(() =>
      new YamlSerializer({ limits: { nodes: 1000 } }).decode(Buffer.from(text)),
    )
    expect(error).toMatchObject({ code: "ERR_PERSIST_LIMIT", details: { limit: "nodes" } })
  })

  test.each<[text: string, values: number]>([
    ["- &a a\n- *a\n- *a", 4],
    ["- &a [b, c]\n- *a", 7],
    ["- &a []\n- &b [*a, *a]\n- *b", 8],
    ["&a [b, *a]", 3],
  ])("counts what the aliases of %j stand for: %i", (text, nodes) => {
    const bytes = Buffer.from(text)
    new YamlSerializer({ limits: { nodes } }).decode(bytes)
    const less = new YamlSerializer({ limits: { nodes: nodes - 1 } })
    expect(failure(() => less.decode(bytes)).code).toBe("ERR_PERSIST_LIMIT")
  })

  test("counts no comment and no empty line", () => {
    const text = `${"# comment\n\n".repeat(1000)}a: [1, 2]`
    const serializer = new YamlSerializer({ limits: { nodes: 4 } })
    expect(serializer.decode(Buffer.from(text))).toEqual({ a: [1, 2] })
  })
})

test("no more than the beginning of many documents is read", () => {
  const error = failure(() => new YamlSerializer().decode(Buffer.from(`${"--- a\n".repeat(9)}[`)))
  expect(error).toMatchObject({ code: "ERR_PERSIST_FORMAT" })
  expect(error.message).toContain("more than one document")
})
