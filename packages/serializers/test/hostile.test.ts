import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { JsonSerializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { hostile } from "../torture/hostile.ts"
import { codeOf, failure } from "./failure.ts"

describe("hostile input", () => {
  test("gives a value or a PersistError, soon, and changes nothing global", async () => {
    const report = await hostile({ inputs: 15_000, seed: 20_261_123 })
    expect(report.failures).toEqual([])
    expect(report.inputs).toBe(15_000)
    expect(Object.keys(report.accepted).length).toBeGreaterThan(5)
  })

  test("needs no code generation", () => {
    const main = new URL("../torture/main.ts", import.meta.url)
    const program = [fileURLToPath(main), "--inputs", "2000", "--seed", "7"]
    const { status, stdout } = spawnSync(process.execPath, program, { encoding: "utf8" })
    expect(stdout).toContain("0 failures")
    expect(stdout).toContain("Function called 0 times")
    expect(status).toBe(0)
  })
})

describe("messages quote no more than the beginning of what a file says", () => {
  const long = "x".repeat(10_000)
  const named = (hex: string) => {
    const name = Buffer.concat([Buffer.from("da2710", "hex"), Buffer.from(long)])
    const nodes = Buffer.concat([Buffer.from(hex, "hex"), name, Buffer.from("0100", "hex")])
    const file = Buffer.from(new PickleSerializer().encode(null)).subarray(0, -3)
    return Buffer.concat([file, Uint8Array.of(0xc5, nodes.length >> 8, nodes.length), nodes])
  }

  test.each([
    ["a key twice", `? ${long}\n: 1\n? ${long}\n: 2\n`],
    ["a tag", `!${long} a`],
    ["a tag that does not fit", `!<tag:yaml.org,2002:${long}> a`],
    ["an alias", `*${long}`],
    ["a header of a block", `- |${long}\n`],
  ])("in YAML: %s", (_name, text) => {
    const error = failure(() => new YamlSerializer().decode(Buffer.from(text)))
    expect(error.message.length).toBeLessThan(500)
  })

  test.each([
    ["a class", "940c"],
    ["an error", "920b"],
  ])("in a pickle: %s", (_name, hex) => {
    const error = failure(() => new PickleSerializer().decode(named(hex)))
    expect(error.code).toBe("ERR_PERSIST_UNKNOWN_CLASS")
    expect(error.message.length).toBeLessThan(600)
  })
})

describe("bombs end at a limit", () => {
  const refused = ["ERR_PERSIST_LIMIT", "ERR_PERSIST_DECODE"]
  const repeat = (hex: string, times: number) => Buffer.from(hex.repeat(times), "hex")

  test("depth", () => {
    const levels = 2_000_001
    expect(codeOf(() => new JsonSerializer().decode(Buffer.alloc(levels, "[")))).toBe(
      "ERR_PERSIST_LIMIT",
    )
    expect(codeOf(() => new JsonSerializer().decode(Buffer.alloc(levels * 5, '{"a":')))).toBe(
      "ERR_PERSIST_LIMIT",
    )
    expect(refused).toContain(codeOf(() => new MsgpackSerializer().decode(repeat("91", levels))))
    expect(refused).toContain(
      codeOf(() => new MsgpackSerializer().decode(repeat("81a161", levels))),
    )
    expect(codeOf(() => new YamlSerializer().decode(Buffer.alloc(levels, "[")))).toBe(
      "ERR_PERSIST_LIMIT",
    )
    expect(codeOf(() => new YamlSerializer().decode(Buffer.alloc(levels, "- ")))).toBe(
      "ERR_PERSIST_LIMIT",
    )
    expect(codeOf(() => new YamlSerializer().decode(Buffer.alloc(levels, "? ")))).toBe(
      "ERR_PERSIST_LIMIT",
    )
  })

  test("holes take no memory", () => {
    const count = 50_000
    const list = Buffer.concat([Buffer.from([0xcd, count >> 8, count & 0xff]), repeat("90", count)])
    const nodes = Buffer.concat([Buffer.from("90", "hex"), list, repeat("ffce0098968000", count)])
    const header = Buffer.from([0xc6, 0, 0, 0, 0])
    header.writeUInt32BE(nodes.length, 1)
    const file = Buffer.from(new PickleSerializer().encode(null)).subarray(0, -3)
    const decoded = new PickleSerializer().decode(Buffer.concat([file, header, nodes]))
    const lengths = (decoded as unknown[][]).map(({ length }) => length)
    expect(new Set(lengths)).toEqual(new Set([10_000_000]))
    expect(lengths).toHaveLength(count)
  })

  test.each([
    ["an array longer than the file", "90ceffffffff", "ERR_PERSIST_DECODE"],
    ["a sparse array of 4,294,967,295", "90ffceffffffff00", "ERR_PERSIST_LIMIT"],
    ["a map larger than the file", "9106ceffffffff", "ERR_PERSIST_DECODE"],
    ["a view of nothing", "950e0000cb0000000000000000ceffffffff", "ERR_PERSIST_DECODE"],
    ["a reference to what is not there", "920105", "ERR_PERSIST_DECODE"],
    ["a shape that was not defined", "8005", "ERR_PERSIST_DECODE"],
    ["a class nobody registered", "940ca6536563726574" + "0100", "ERR_PERSIST_UNKNOWN_CLASS"],
    [
      "an inherited name as a class",
      "940cab636f6e7374727563746f72" + "0100",
      "ERR_PERSIST_UNKNOWN_CLASS",
    ],
    ["an inherited name as an error", "920bab636f6e7374727563746f72", "ERR_PERSIST_UNKNOWN_CLASS"],
    ["a pattern that is none today", "9409a128a000", "ERR_PERSIST_NEWER"],
    ["an array whose length is a property", "90ff0201a66c656e67746805", "ERR_PERSIST_DECODE"],
    ["a tag of tomorrow", "917e", "ERR_PERSIST_DECODE"],
    ["a reference to one more than there are", "90" + "01" + "920101", "ERR_PERSIST_DECODE"],
    ["a date without a time", "9205c0", "ERR_PERSIST_DECODE"],
    ["text of half a unit", "9202c40141", "ERR_PERSIST_DECODE"],
    ["text that is no bytes", "9202a24142", "ERR_PERSIST_DECODE"],
    ["a BigInt without digits", "930300c400", "ERR_PERSIST_DECODE"],
    ["a view of an unknown kind", "950e0e000000", "ERR_PERSIST_DECODE"],
    ["null in a box", "920fc0", "ERR_PERSIST_DECODE"],
    ["undefined in a box", "920f9100", "ERR_PERSIST_DECODE"],
    ["a date in a box", "920f920501", "ERR_PERSIST_DECODE"],
  ])("in a pickle: %s", (_name, hex, code) => {
    const nodes = Buffer.from(hex, "hex")
    const file = Buffer.from(new PickleSerializer().encode(null))
    const forged = Buffer.concat([file.subarray(0, -2), Uint8Array.of(nodes.length), nodes])
    expect(codeOf(() => new PickleSerializer().decode(forged))).toBe(code)
  })

  test("in a pickle: properties count wherever their keys are known from before", () => {
    const value = Array.from({ length: 50 }, (_, index) => ({ a: index, b: index }))
    const bytes = new PickleSerializer().encode(value)
    const within = (nodes: number) => new PickleSerializer({ limits: { nodes } })
    expect(within(151).decode(bytes)).toEqual(value)
    expect(codeOf(() => within(150).decode(bytes))).toBe("ERR_PERSIST_LIMIT")
    expect(codeOf(() => within(150).encode(value))).toBe("ERR_PERSIST_LIMIT")
  })
})
