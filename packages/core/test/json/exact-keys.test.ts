import { describe, expect, test } from "vitest"
import { JsonSerializer } from "../../src/json/json-serializer.ts"

const readers: [string, JsonSerializer][] = [
  ["by default", new JsonSerializer()],
  ["with BigInts", new JsonSerializer({ bigint: "literal" })],
]

describe.each(readers)("keys with escapes, %s", (_name, json) => {
  const read = (text: string) => json.decode(Buffer.from(text))
  const escapes = ['"', "\\", "/", "\n", "\t", "\u0001", "\ud800", "é"]

  test("are read as the text has them, whatever objects were read before", () => {
    for (const [index, before] of escapes.entries()) {
      for (const prefix of ["", "C:", "\\"]) {
        const first = `first${index}${prefix.length}`
        read(JSON.stringify({ [first]: [], [`${prefix}${before}`]: 0 }))
        for (const after of escapes) {
          const value = { [first]: 1, [`${prefix}${after}`]: 12_345_678_901_234, z: { "\\": 1 } }
          const back = read(JSON.stringify(value)) as object
          expect(Object.entries(back)).toEqual(Object.entries(value))
        }
      }
    }
    read('{"other":[],"\\\\":0}')
    for (const spelled of ["\\u0041", "\\/", "\\u00e9"]) {
      const name: string = JSON.parse(`"${spelled}"`)
      expect(Object.keys(read(`{"other":1,"${spelled}" \n:2}`) as object)).toEqual(["other", name])
    }
  })

  test("keep their order, their last value and what is in them", () => {
    const text = String.raw`[{"b":1,"\"":{"\\":[{"\n":12345678901234567}]},"7":2,"__proto__":{"\t":3},"\u0022":{"x":"\"\\"},"\u0037":4,"a\\":"\\"}]`
    const back = read(text) as [object]
    expect(Object.keys(back[0])).toEqual(["7", "b", '"', "__proto__", "a\\"])
    expect(Object.values(back[0])).toEqual([4, 1, { x: '"\\' }, { "\t": 3 }, "\\"])
    expect(Object.getPrototypeOf(back[0])).toBe(Object.prototype)
  })

  test("cost no stack", () => {
    const deep = `${'{"\\n":'.repeat(100_000)}1${"}".repeat(100_000)}`
    let value = read(deep) as { "\n": never } | number
    let levels = 0
    for (; typeof value === "object"; value = value["\n"]) levels++
    expect([levels, value]).toEqual([100_000, 1])
  })

  test("are still refused where they are no JSON", () => {
    for (const text of [
      '{"\\":1}',
      '{"\\x":1}',
      '{"\\n":1',
      '["\\"',
      '{"a":"\\',
      "\\",
      '{"\\n":"b\\',
    ])
      expect(() => read(text)).toThrow(expect.objectContaining({ code: "ERR_PERSIST_DECODE" }))
  })
})
