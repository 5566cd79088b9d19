import { describe, expect, test } from "vitest"
import { Random } from "../../../.ci/seeded-random.ts"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import type { ConfigFormat, ConfigFormatName } from "../src/configs/formats/config-format.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { applyPatch } from "../src/diff/patch.ts"
import { copyPlain } from "../src/plain-object.ts"
import { parsed, writers } from "./fuzz/fuzz-edits.ts"
import { randomEdit } from "./fuzz/random-edit.ts"

/** The text after `value` took the place of what is in it, and that the place of `value`. */
function thereAndBack(format: ConfigFormat, text: string, value: unknown): string {
  const before = format.parse(text)
  const there = editConfig({ format, text, before, after: value })
  return editConfig({ format, text: there, before: format.parse(there), after: before })
}

describe("what comes and goes leaves nothing behind", () => {
  test.each<[ConfigFormatName, string, unknown]>([
    ["toml", "# head\na = 1\n\n[t]\nx = 1\n", { a: 1, t: { x: 1 }, n: { y: 1 } }],
    ["toml", "# head\r\na = 1\r\n\r\n[t]\r\nx = 1\r\n", { a: 1, t: { x: 1 }, n: { y: { z: 1 } } }],
    ["toml", "# head\n\n[t]\nx = 1\n", { t: { x: 1 }, n: 1 }],
    ["toml", "[t]\nx = 1\n", { t: { x: 1 }, n: 1 }],
    ["toml", "[[t]]\nx = 1\n", { t: [{ x: 1 }, { x: 2 }, { x: 3 }] }],
    ["toml", "[a]\nx = 1\n\n[b]\ny = 1\n", { a: { x: 1, c: { z: { v: 1 } } }, b: { y: 1 } }],
    ["toml", "", { a: { x: 1 }, b: { y: 1 } }],
    ["json", '{\n  "a": {}\n}\n', { a: { b: 1 } }],
    ["json", '{\n  "a": [],\n  "b": 1\n}\n', { a: [1, [2]], b: 1 }],
    ["json", "{}\n", { a: 1 }],
    ["jsonc", '{\n  // why\n  "a": {}, // c\n}\n', { a: { b: { c: 1 } } }],
  ])("%s %j", (name, text, value) => {
    expect(thereAndBack(configFormats[name], text, value)).toBe(text)
  })

  test("the empty lines around a table that goes part what is left as before", () => {
    const { toml: format } = configFormats
    const text = "a = 1\n\n# one\n[one]\nx = 1\n\n[one.more]\ny = 1\n\n\n[two]\nz = 1\n"
    const after = { a: 1, two: { z: 1 } }
    expect(editConfig({ format, text, before: format.parse(text), after })).toBe(
      "a = 1\n\n# one\n\n\n[two]\nz = 1\n",
    )
  })

  test.each(["json", "jsonc", "yaml", "toml"] as const)(
    "a text in %s is no longer after many times than after one",
    (name) => {
      const seed = Number(process.env.PERSIST_SEED ?? 1)
      const random = new Random(seed)
      const format = configFormats[name]
      let tried = 0
      while (tried < 150) {
        const text = random.pick(writers[name])(random)
        const before = parsed(format, text)
        if (before === undefined) continue
        const operation = randomEdit(random, before, format)
        if (operation.op !== "add") continue
        tried++
        const value = applyPatch(copyPlain(before), [operation])
        let once: string
        try {
          once = thereAndBack(format, text, value)
        } catch {
          // What is refused is a matter of other tests.
          continue
        }
        const often = thereAndBack(format, thereAndBack(format, once, value), value)
        const report = `seed ${seed} ${JSON.stringify([operation, text, often])}`
        expect(often.length, report).toBeLessThanOrEqual(once.length)
      }
    },
  )
})
