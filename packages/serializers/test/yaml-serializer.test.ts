import assert from "node:assert/strict"
import { PersistError } from "@persist/core"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { YamlSerializer } from "../src/yaml/index.ts"
import { failure } from "./failure.ts"

const yaml = new YamlSerializer()
const read = (text: string) => yaml.decode(new TextEncoder().encode(text))
const write = (value: unknown) => new TextDecoder().decode(yaml.encode(value))

describe("YamlSerializer", () => {
  test("decodes to the same value, or refuses", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withUnicodeString: true,
    })
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          fc.string({ unit: "binary" }),
          fc.array(
            fc.string({
              unit: fc.constantFrom(..."\n\t -:#\"'|>&*!%@?x\u0085\u2028\ufeff\r\\".split("")),
              maxLength: 12,
              size: "max",
            }),
            { maxLength: 6, size: "max" },
          ),
        ),
        (value) => {
          let bytes: Uint8Array
          try {
            bytes = yaml.encode(value)
          } catch (error) {
            return PersistError.is(error, "ERR_PERSIST_ENCODE")
          }
          assert.deepStrictEqual(yaml.decode(bytes), value)
          return true
        },
      ),
      { numRuns: 2000 },
    )
  })

  test("quotes what readers of YAML 1.1 would take for something else, as a key too", () => {
    const traps = ["no", "Yes", "on", "OFF", "y", "1:30", "190:20:30", "0b11", "-0x1", "1_000"]
    for (const text of [...traps, "2001-12-14", "2001-12-14t21:59:43.10-05:00", "<<", "="]) {
      expect(write({ [text]: text })).toBe(`"${text}": "${text}"\n`)
      expect(read(`- ${text}`)).toEqual([text])
    }
    expect(write({ norway: "nope", equal: "a=b" })).toBe("norway: nope\nequal: a=b\n")
  })

  test("writes -0 as the float that it is to other readers too", () => {
    expect(write([-0, 0, -1])).toBe("- -0.0\n- 0\n- -1\n")
    expect(read("- -0.0\n- -0")).toEqual([-0, -0])
  })

  test.each([
    ["!!float 1", 1],
    ["!!float '-1.5'", -1.5],
    ["!!int '0x1F'", 31],
    ["!!str 5", "5"],
    ["!!str", ""],
    ["! 5", "5"],
    ["!!null ~", null],
    ["!!bool 'true'", true],
    ["!!seq [1]", [1]],
    ["!!map {a: 1}", { a: 1 }],
  ])("reads %j as its tag says", (text, value) => {
    expect(read(text)).toEqual(value)
  })

  test.each([
    "float x",
    "int 1.5",
    "int",
    "null x",
    "bool yes",
    "seq {a: 1}",
    "map [1]",
    "str [1]",
  ])("refuses !!%s, whose tag does not fit it, instead of taking it for text", (text) => {
    expect(failure(() => read(`- !!${text}`)).code).toBe("ERR_PERSIST_FORMAT")
  })

  test("writes exponents as floats to readers of YAML 1.1 too", () => {
    const value = { least: 5e-324, "1e-7": [1e-7, -1e21, 1.5e300, "1.0e-7", 7] }
    expect(write(value)).toBe(
      'least: 5.0e-324\n"1e-7":\n  - 1.0e-7\n  - -1.0e+21\n  - 1.5e+300\n  - "1.0e-7"\n  - 7\n',
    )
    expect(yaml.decode(yaml.encode(value))).toEqual(value)
  })

  test("keeps identity and cycles by anchors, in big lists too", () => {
    const shared = { name: "shared" }
    const value: Record<string, unknown> = { list: Array(5000).fill(shared), shared }
    value.self = value
    const back = yaml.decode(yaml.encode(value)) as typeof value
    expect(new Set(back.list as unknown[])).toEqual(new Set([back.shared]))
    expect((back.list as unknown[]).length).toBe(5000)
    expect(back.self).toBe(back)
    const many = Array.from({ length: 3000 }, (_, index) => ({ index }))
    const twice = yaml.decode(yaml.encode([many, many.toReversed()])) as object[][]
    expect(twice[0]!.every((item, index) => item === twice[1]!.at(-1 - index))).toBe(true)
  })

  test("keeps __proto__ and surrogates as data", () => {
    const value = JSON.parse('{"__proto__":{"x":1},"constructor":2,"a":"\\ud800"}')
    const back = yaml.decode(yaml.encode(value)) as object
    assert.deepStrictEqual(Object.entries(back), Object.entries(value))
    expect(Object.hasOwn(back, "__proto__")).toBe(true)
  })

  test("writes what people expect", () => {
    expect(write({ a: [1, "x"], b: "two\nlines\n", c: "1", d: true, e: null })).toBe(
      'a:\n  - 1\n  - x\nb: |\n  two\n  lines\nc: "1"\nd: true\ne: null\n',
    )
  })

  test("writes text as every reader of YAML takes it", () => {
    // Others refuse a block without indent, and take a tab in a plain scalar for the start of a token.
    expect(write("one\ntwo")).toBe('"one\\ntwo"\n')
    expect(write(["a\tb", "a\n\tb"])).toBe('- "a\\tb"\n- |-\n  a\n  \tb\n')
  })

  test.each([
    ["a: [1, 2", "ERR_PERSIST_DECODE"],
    ["a: 1\na: 2", "ERR_PERSIST_DECODE"],
    ["a: *x", "ERR_PERSIST_DECODE"],
    ["", "ERR_PERSIST_DECODE"],
    ["a: 1\n---\nb: 2", "ERR_PERSIST_FORMAT"],
    ["a: !!js/function 'x'", "ERR_PERSIST_FORMAT"],
    ["? [1]\n: 2", "ERR_PERSIST_FORMAT"],
    [`${"[".repeat(600)}${"]".repeat(600)}`, "ERR_PERSIST_LIMIT"],
    [`${"- ".repeat(100_000)}1`, "ERR_PERSIST_LIMIT"],
    [`${"{a: ".repeat(100_000)}`, "ERR_PERSIST_LIMIT"],
  ])("refuses %.30j", (text, code) => {
    expect(failure(() => read(text)).code).toBe(code)
  })

  test("refuses control characters, such as the zeros of a file that was never written out", () => {
    expect(failure(() => read("\0".repeat(100))).code).toBe("ERR_PERSIST_DECODE")
    for (const text of [
      "a: 1\r\nb: x\0",
      "a: 1\nb: '\u0007'",
      'a:\n  "\u001b"',
      "a:\n # \u0001\n",
    ]) {
      const error = failure(() => read(text))
      expect(error).toMatchObject({ code: "ERR_PERSIST_DECODE", details: { line: 2 } })
    }
    expect(read('"\\0\\a\\x1f\\e"')).toBe("\0\u0007\u001f\u001b")
  })

  test("gives line and column", () => {
    expect(failure(() => read("a: 1\nb: [1,\nc: 2}")).details).toMatchObject({ line: 3 })
  })

  test.each(["]", "a: b\n}", "a: b\n---\n]", "%YAML 1.2\n]"])(
    "reads no further than the first mistake, in %j",
    (text) => {
      const error = failure(() => read(`${text}\n${"[".repeat(1000)}`))
      const line = text.split("\n").length
      expect(error).toMatchObject({ code: "ERR_PERSIST_DECODE", details: { line } })
    },
  )

  test("is not kept from its first mistake by a million others in the same document", () => {
    const started = performance.now()
    for (const [text, column] of [
      [`"${"\\q".repeat(1_000_000)}"`, 2],
      [`- [{a: [! "${"\\q".repeat(1_000_000)}"]}]`, 12],
    ] as const) {
      expect(failure(() => read(text))).toMatchObject({
        code: "ERR_PERSIST_DECODE",
        message: `Not YAML at line 1, column ${column}: Invalid escape sequence \\q`,
      })
    }
    // With an error made of each it takes 10 s and 2 GB.
    expect(performance.now() - started).toBeLessThan(3_000)
  })

  test("holds a million values by default, since each costs its parser a kilobyte, and more where told to", () => {
    const bomb = (levels: number) =>
      Array.from({ length: levels }, (_, level) =>
        level === 0 ? "- &a0 [1, 1]" : `- &a${level} [*a${level - 1}, *a${level - 1}]`,
      ).join("\n")
    const more = new YamlSerializer({ limits: { nodes: 3_000_000 } })
    const bytes = Buffer.from(bomb(19))
    expect(failure(() => yaml.decode(bytes))).toMatchObject({
      code: "ERR_PERSIST_LIMIT",
      details: { limit: "nodes", allowed: 1_000_000 },
    })
    const value = more.decode(bytes) as unknown[]
    expect(value).toHaveLength(19)
    expect(failure(() => yaml.encode(value)).code).toBe("ERR_PERSIST_LIMIT")
    expect(yaml.decode(Buffer.from(bomb(17)))).toHaveLength(17)
  })

  test("an alias bomb ends at limits.nodes, on both sides", () => {
    const levels = Array.from({ length: 40 }, (_, level) =>
      level === 0 ? "a0: &a0 [x, x]" : `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`,
    )
    expect(failure(() => read(levels.join("\n")))).toMatchObject({
      code: "ERR_PERSIST_LIMIT",
      details: { limit: "nodes" },
    })
    let bomb: unknown = "x"
    for (let level = 0; level < 40; level++) bomb = [bomb, bomb]
    expect(failure(() => write(bomb)).code).toBe("ERR_PERSIST_LIMIT")
  })

  test.each([" \n", "\n", "a\n\n", "a \nb", "\ta\n b", "a\n  b\nc\n", "a\n\nb"])(
    "keeps the lines of %j",
    (text) => {
      for (const value of [text, [text], { [text]: [text] }]) {
        assert.deepStrictEqual(yaml.decode(yaml.encode(value)), value)
      }
    },
  )
})

describe("YamlSerializer, long keys", () => {
  test.each([1, 2, 4])("are read back with an indent of %i", (indent) => {
    const indented = new YamlSerializer({ indent })
    const value = { a: [1], ["k".repeat(1030)]: { b: { c: [1, { d: 2 }] }, e: 1 }, f: [{ g: 1 }] }
    assert.deepStrictEqual(indented.decode(indented.encode([value])), [value])
  })

  test("are refused when only their escapes make them long", () => {
    const error = failure(() => yaml.encode([{ ["\x7f".repeat(400)]: 1 }]))
    expect(error.code).toBe("ERR_PERSIST_ENCODE")
    const longer = { ["\x7f".repeat(1100)]: { a: 1 } }
    assert.deepStrictEqual(yaml.decode(yaml.encode(longer)), longer)
  })
})
