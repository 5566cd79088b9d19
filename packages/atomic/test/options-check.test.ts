import { spawnSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { optionsCheck } from "../src/options.ts"

const check = optionsCheck<{ keep?: number }>("Thing", { keep: true })

describe("optionsCheck", () => {
  test.each([null, [], [1], "keep", 1, true, () => 1])(
    "refuses %j, which is no object",
    (options) => {
      expect(() => check(options as never)).toThrow(
        /^Thing: the options are .*; give a plain object with any of keep\.$/,
      )
    },
  )

  test.each([
    ["a Map", new Map([["keep", 1]])],
    ["a Promise", Promise.resolve({ keep: 1 })],
    ["a Date", new Date()],
    ["an Error", new Error("no")],
    ["a Uint8Array", new Uint8Array(1)],
    // Not which one: it may be an address with its password.
    ["a string", "redis://:secret@host"],
  ])("refuses %s, what is in which would count for nothing", (kind, options) => {
    expect(() => check(options as never)).toThrow(`Thing: the options are ${kind}; give a plain`)
  })

  test("refuses unknown names, inherited ones too", () => {
    expect(() => check({ kep: 1 } as never)).toThrow('unknown option "kep"; known are keep')
    class Store {
      readonly files = 1
    }
    const instead = 'the options are a Store with "files"; give a plain object with any of keep'
    expect(() => check(new Store() as never)).toThrow(instead)
    expect(() => check(Object.assign(Object.create(null), { kep: 1 }))).toThrow('option "kep"')
    expect(() => check({ constructor: 1 } as never)).toThrow('"constructor"')
    expect(() => check(Object.create({ kep: 1 }))).toThrow('"kep"')
  })

  test("tells a Node that is too old as it is loaded", () => {
    const url = JSON.stringify(new URL("../dist/index.js", import.meta.url))
    const code = `delete Promise.withResolvers; await import(${url})`
    const args = ["--input-type=module", "--eval", code]
    const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
    expect(stderr).toContain("@persist needs Node 22.18 or newer, and this is Node")
  })

  test("takes known names, frozen objects and nothing", () => {
    expect(() => check(undefined)).not.toThrow()
    expect(() => check(Object.freeze({ keep: 1 }))).not.toThrow()
    expect(() => check(Object.assign(Object.create(null), { keep: 1 }))).not.toThrow()
    class Kept {
      keep = 1
    }
    expect(() => check(new Kept())).not.toThrow()
  })
})
