import { describe, expect, test } from "vitest"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { applyEdits } from "../src/configs/plan-update.ts"
import type { PlainObject } from "../src/plain-object.ts"
import { fuzzTogether } from "./fuzz/fuzz-together.ts"

/** The edited text, and how often it was read for that. */
function editAll(name: "toml" | "yaml", text: string, values: Record<string, unknown>) {
  const before = configFormats[name].parse(text) as PlainObject
  const changes = Object.entries(values).map(([path, value]) => ({ path: path.split("."), value }))
  let readings = 0
  const parse = (body: string) => {
    readings++
    return configFormats[name].parse(body)
  }
  const format = { ...configFormats[name], parse }
  const edited = editConfig({ format, text, before, after: applyEdits(before, changes) })
  return { edited, readings }
}

describe("many values in one edit", () => {
  const count = 50
  const texts = {
    toml: (from: number) =>
      Array.from(
        { length: count },
        (_, index) => `[s${index}] # c${index}\nname = 'n${index + from}'\nport = ${index + from}`,
      ).join("\n\n"),
    yaml: (from: number) =>
      Array.from(
        { length: count },
        (_, index) =>
          `s${index}: # c${index}\n  name: 'n${index + from}'\n  port: ${index + from}\n`,
      ).join(""),
  }

  test.each(["toml", "yaml"] as const)("are read back in %s once, not once for each", (name) => {
    const values = Array.from({ length: count }, (_, index) => [
      [`s${index}.name`, `n${index + 100}`],
      [`s${index}.port`, index + 100],
    ]).flat() as [string, unknown][]
    const { edited, readings } = editAll(name, texts[name](0), Object.fromEntries(values))
    expect(edited).toBe(texts[name](100))
    expect(readings).toBe(1)
  })

  test("those that are more than a word are changed alone, those beside them together", () => {
    const text = "a: 1\nb: 2\nc: |\n  two\n  lines\nd: &x 4\ne: 5\nf: 6\ng: 7 # *x\n"
    const values = { a: 10, b: 20, c: "three\nlines\n", d: 40, e: 50, f: 60, g: 70 }
    const { edited, readings } = editAll("yaml", text, values)
    expect(edited).toBe(
      "a: 10\nb: 20\nc: |\n  three\n  lines\nd: &x 40\ne: 50\nf: 60\ng: 70 # *x\n",
    )
    expect(readings).toBe(4)
  })

  test("are refused as one alone is where an alias would carry one elsewhere", () => {
    const text = "base: &b\n  host: x\n  port: 1\nother: *b\nlast: 1\n"
    const values = { "base.port": 2, last: 3 }
    expect(() => editAll("yaml", text, values)).toThrow(
      expect.objectContaining({
        code: "ERR_PERSIST_UNSUPPORTED",
        details: { path: "/base/port" },
      }),
    )
  })

  test.each(["toml", "yaml"] as const)("come out in %s as one after the other would", (name) => {
    const seed = Number(process.env.PERSIST_SEED ?? 1)
    expect(fuzzTogether(name, 150, seed)).toBeGreaterThan(50)
  })
})
