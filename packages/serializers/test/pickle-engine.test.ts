import { isUtf8 } from "node:buffer"
import { createRequire } from "node:module"
import { addExtension, pack } from "msgpackr"
import { describe, expect, test } from "vitest"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { codeOf, failure } from "./failure.ts"

const pickle = new PickleSerializer()
const copy = <T>(value: T): T => pickle.decode(pickle.encode(value)) as T

/** A file with these bytes in place of its nodes. */
function forged(hex: string): Buffer {
  const nodes = Buffer.from(hex, "hex")
  const empty = Buffer.from(pickle.encode(null)).subarray(0, -3)
  const header = Buffer.from([0xc6, 0, 0, 0, 0])
  header.writeUInt32BE(nodes.length, 1)
  return Buffer.concat([empty, header, nodes])
}

describe("what msgpackr alone would change", () => {
  test("a byte order mark at the beginning of a string stays", () => {
    const texts = [1, 20, 61, 62, 63, 64, 65, 100, 70_000].map((n) => `\ufeff${"x".repeat(n)}`)
    expect(copy(texts)).toEqual(texts)
    const long = `\ufeff${"k".repeat(100)}`
    const value = { before: "b", [long]: [long, new Map([[long, long]])], plain: "\ufeff" }
    expect(copy(value)).toEqual(value)
    expect(copy(Object(long))).toEqual(Object(long))
    expect(copy(Symbol.for(long))).toBe(Symbol.for(long))
    expect(copy(Array(2000).fill(long))).toEqual(Array(2000).fill(long))
  })

  test("a replacement character stays, and bytes that are not UTF-8 are refused", () => {
    for (const text of ["\ufffd", `${"x".repeat(40)}\ufffd`, "\ufffd".repeat(100)])
      expect(copy({ [text]: [text] })).toEqual({ [text]: [text] })
    for (const bad of ["a1ff", "a3eda080", `d950${"41".repeat(79)}c3`, "91a1ff"])
      expect(codeOf(() => pickle.decode(forged(bad)))).toBe("ERR_PERSIST_DECODE")
    const file = forged("80" + "92a16ba16c" + "a2c328" + "a161")
    const offset = file.indexOf(Buffer.from("c328", "hex"))
    const error = failure(() => pickle.decode(file))
    expect(error).toMatchObject({ code: "ERR_PERSIST_DECODE", details: { offset } })
  })

  test("text of every length and script comes back from wherever it lies in a file", () => {
    const units = ["a", "é", "€", "😀", "\u0000"]
    const texts = Array.from({ length: 400 }, (_, index) =>
      units.map((unit) => `${index}${unit.repeat(index % 80)}`),
    )
    const data = new Uint8Array(5000).fill(0x61)
    for (const serializer of [pickle, new MsgpackSerializer()]) {
      const value = [texts, [data, texts[7], data, texts[70]], texts.flat().reverse()]
      expect(serializer.decode(serializer.encode(value))).toEqual(value)
    }
  })

  test("of text with a changed byte, only what is UTF-8 is read", () => {
    for (const text of ["é€😀", "\u07ff\u0800", "\uffff\u{10000}", "\u{10ffff}", "text ß"]) {
      const original = Buffer.from(text)
      for (let at = 0; at < original.length; at++) {
        for (let byte = 0; byte < 256; byte++) {
          const bytes = Buffer.from(original)
          bytes[at] = byte
          const file = forged(`${(0xa0 | bytes.length).toString(16)}${bytes.toString("hex")}`)
          if (isUtf8(bytes)) expect(pickle.decode(file)).toBe(bytes.toString())
          else expect(codeOf(() => pickle.decode(file))).toBe("ERR_PERSIST_DECODE")
        }
      }
    }
  })

  test("-0, integers of 64 bits and own __proto__ are as they were", () => {
    const value = JSON.parse('{"__proto__":{"constructor":1,"toJSON":2},"constructor":null}')
    value.numbers = [-0, 0n, 5n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n), 2 ** 40]
    expect(copy(value)).toEqual(value)
    expect(Object.keys(copy(value))).toEqual(["__proto__", "constructor", "numbers"])
  })
})

describe("what msgpackr alone would take", () => {
  test.each([
    ["a record", "d4724091a16101"],
    ["a reference", "d669000000019101"],
    ["an error", "d4650093a0a0c0"],
    ["a set", "d473009101"],
    ["a timestamp", "d6ff00000000"],
    ["undefined as an extension", "d40000"],
    ["a long extension", "c70305010203"],
    ["0xc1", "c1"],
    ["a map", "81a16101"],
    ["binary data as a token", "c40100"],
    ["a tag that is a name", `dc0011a66c656e677468${"00".repeat(16)}`],
    ["a tag below 0", "91ff"],
    ["many levels", "9191919191919100"],
    ["an array longer than the file", "ddffffffff"],
    ["a string longer than the file", "dbffffffff"],
    ["half a number", "cb0000"],
    ["nothing", ""],
  ])("%s is refused", (_name, hex) => {
    expect(codeOf(() => pickle.decode(forged(hex)))).toBe("ERR_PERSIST_DECODE")
  })

  test("a shape of more keys than values are allowed is refused before it is built", () => {
    const careful = new PickleSerializer({ limits: { nodes: 100 } })
    expect(codeOf(() => careful.decode(forged(`80dc03e8${"a0".repeat(1000)}`)))).toBe(
      "ERR_PERSIST_LIMIT",
    )
  })
})

describe("the engine is this package's own", () => {
  test("extensions of the process change nothing", () => {
    const value = [{ a: 1 }, new Map([[1, [2]]]), new Date(5), -0, 5n]
    const before = pickle.encode(value)
    const bare: typeof import("msgpackr") = createRequire(import.meta.url)("msgpackr/index-no-eval")
    for (const add of [addExtension, bare.addExtension]) {
      const hijack = { type: 1, pack: () => Buffer.from("!"), unpack: () => "!" }
      add({ Class: Object, ...hijack })
      add({ Class: Array, ...hijack })
    }
    expect(pack(new (class Other {})()).toString("latin1")).toContain("!")
    expect(pickle.encode(value)).toEqual(before)
    expect(copy(value)).toEqual(value)
  })

  test("nothing that is given is kept, changed or shared", () => {
    const data = new Uint8Array([1, 2, 3])
    const bytes = pickle.encode({ data, text: "text" })
    const other = pickle.encode({ data: "other" })
    const decoded = pickle.decode(bytes) as { data: Uint8Array }
    expect(Object.keys(bytes)).toHaveLength(bytes.length)
    bytes.fill(0)
    data.fill(9)
    expect(decoded.data).toEqual(new Uint8Array([1, 2, 3]))
    expect(decoded.data.buffer.byteLength).toBe(3)
    expect(pickle.decode(other)).toEqual({ data: "other" })
  })

  test("large files are exactly as long as they say, with nothing of other files behind them", () => {
    pickle.encode("secret".repeat(300_000))
    const bytes = pickle.encode(new Float64Array(300_000))
    const behind = new Uint8Array(bytes.buffer).subarray(bytes.byteOffset + bytes.length)
    expect(behind.length).toBeLessThan(256)
    expect(behind.every((byte) => byte === 0)).toBe(true)
    expect(copy(new Float64Array([1.5, -0]))).toEqual(new Float64Array([1.5, -0]))
    expect(copy("é".repeat(700_000))).toBe("é".repeat(700_000))
  })

  test("shared memory is read from a copy", () => {
    const bytes = pickle.encode([1, "a"])
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    expect(pickle.decode(shared)).toEqual([1, "a"])
  })
})
