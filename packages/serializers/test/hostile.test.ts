import { spawnSync } from "node:child_process"
import { JsonSerializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { hostile } from "../torture/hostile.ts"
import { codeOf } from "./failure.ts"

describe("hostile input", () => {
  test("gives a value or a PersistError, soon, and changes nothing global", { timeout: 60_000 }, () => {
    const report = hostile({ inputs: 15_000, seed: 20_261_123 })
    expect(report.failures).toEqual([])
    expect(report.inputs).toBe(15_000)
    expect(Object.keys(report.accepted).length).toBeGreaterThan(5)
  })

  test("needs no code generation", { timeout: 60_000 }, () => {
    const main = new URL("../torture/main.ts", import.meta.url)
    const program = [main.pathname, "--inputs", "2000", "--seed", "7"]
    const { status, stdout } = spawnSync(process.execPath, program, { encoding: "utf8" })
    expect(stdout).toContain("0 failures")
    expect(stdout).toContain("Function called 0 times")
    expect(status).toBe(0)
  })
})

describe("bombs end at a limit", () => {
  const refused = ["ERR_PERSIST_LIMIT", "ERR_PERSIST_DECODE"]
  const repeat = (hex: string, times: number) => Buffer.from(hex.repeat(times), "hex")

  test("depth", { timeout: 30_000 }, () => {
    const levels = 1_000_000
    expect(codeOf(() => new JsonSerializer().decode(Buffer.alloc(levels, "[")))).toBe("ERR_PERSIST_LIMIT")
    expect(codeOf(() => new JsonSerializer().decode(Buffer.alloc(levels * 5, '{"a":')))).toBe(
      "ERR_PERSIST_LIMIT",
    )
    expect(refused).toContain(codeOf(() => new MsgpackSerializer().decode(repeat("91", levels))))
    expect(refused).toContain(codeOf(() => new MsgpackSerializer().decode(repeat("81a161", levels))))
    expect(codeOf(() => new YamlSerializer().decode(Buffer.alloc(levels, "[")))).toBe("ERR_PERSIST_LIMIT")
    expect(codeOf(() => new YamlSerializer().decode(Buffer.alloc(levels, "- ")))).toBe("ERR_PERSIST_LIMIT")
    expect(codeOf(() => new YamlSerializer().decode(Buffer.alloc(levels, "? ")))).toBe("ERR_PERSIST_LIMIT")
  })

  test("lengths", () => {
    const pickle = new PickleSerializer()
    const nodes = (hex: string) => {
      const bytes = Buffer.from(pickle.encode(null))
      const body = Buffer.from(hex, "hex")
      return Buffer.concat([bytes.subarray(0, bytes.length - 2), Uint8Array.of(body.length), body])
    }
    expect(pickle.decode(nodes("90029000"))).toEqual([undefined, undefined].slice(0, 0).concat())
  })
})
