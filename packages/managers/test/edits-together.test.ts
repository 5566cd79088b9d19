import { describe, expect, test, vi } from "vitest"
import { editConfig } from "../src/configs/edit/edit-config.ts"
import type { ConfigFormatName } from "../src/configs/formats/config-format.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { applyEdits } from "../src/configs/plan-update.ts"
import type { PlainObject } from "../src/plain-object.ts"
import { fuzzTogether } from "./fuzz/fuzz-together.ts"

/** The edited text, and how often it was read for that. */
function editAll(name: ConfigFormatName, text: string, values: Record<string, unknown>) {
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

const count = 50

/** A text with a section for each place in `places`. */
const texts = {
  toml: (places: readonly number[], from = 0) =>
    places
      .map(
        (place) => `[s${place}] # c${place}\nname = 'n${place + from}'\nport = ${place + from}\n`,
      )
      .join("\n"),
  yaml: (places: readonly number[], from = 0) =>
    places
      .map(
        (place) => `s${place}: # c${place}\n  name: 'n${place + from}'\n  port: ${place + from}\n`,
      )
      .join(""),
}

const every = Array.from({ length: count }, (_, place) => place)

describe("many changes in one edit", () => {
  test.each(["toml", "yaml"] as const)("are read back in %s once, not once for each", (name) => {
    const values = every.flatMap((place) => [
      [`s${place}.name`, `n${place + 100}`],
      [`s${place}.port`, place + 100],
    ]) as [string, unknown][]
    const { edited, readings } = editAll(name, texts[name](every), Object.fromEntries(values))
    expect(edited).toBe(texts[name](every, 100))
    expect(readings).toBe(1)
  })

  test.each(["toml", "yaml"] as const)("members come and go together in %s", (name) => {
    const text = texts[name](every)
    const half = every.filter((place) => place % 2 === 0)
    const gone = every.filter((place) => place % 2 === 1).map((place) => [`s${place}`, undefined])
    const removed = editAll(name, text, Object.fromEntries(gone))
    expect(removed.edited).toBe(texts[name](half))
    expect(removed.readings).toBe(1)

    const added = editAll(name, text, {
      ...Object.fromEntries(half.map((place) => [`s${place}.up`, place > 9])),
      "s1.port": undefined,
      "s3.name": ["a", { b: 1 }],
      "s5.at": [1],
    })
    const line = (place: number) =>
      name === "toml" ? `up = ${place > 9}\n` : `  up: ${place > 9}\n`
    const list = name === "toml" ? '["a", { b = 1 }]' : "\n    - a\n    - b: 1"
    const expected = half.reduce(
      (all, place) =>
        all.replace(new RegExp(`(\\[?s${place}\\]?:? #[^]*?port.*\n)`), `$1${line(place)}`),
      text,
    )
    expect(added.edited).toBe(
      expected
        .replace(/.*port.* 1\n/, "")
        .replace(/ ?'n3'/, name === "toml" ? ` ${list}` : list)
        .replace(/(.*port.* 5\n)/, name === "toml" ? "$1at = [1]\n" : "$1  at:\n    - 1\n"),
    )
    expect(added.readings).toBe(1)
  })

  test.each([
    ["json", '{\n  "z": {\n    "y": 1\n  }\n}\n'],
    ["jsonc", '{\n  "z": {\n    "y": 1, // c\n  },\n}\n'],
    ["yaml", "z:\n  y: 1\n"],
    ["toml", "[z]\ny = 1\n"],
  ] as const)("two hundred new members of one object in %s are read back once", (name, text) => {
    const names = Array.from({ length: 200 }, (_, place) => `z.n${place}`)
    const values = Object.fromEntries(names.map((path, place) => [path, place]))
    const { edited, readings } = editAll(name, text, values)
    const first = edited.split("\n").slice(0, 4)
    expect(first).toContainEqual(expect.stringMatching(/^ *"?n0"?(:| =) 0,?$/))
    expect(edited.split("\n")).toHaveLength(text.split("\n").length + 200)
    expect(readings).toBe(1)
  })

  const flow = (items: readonly number[]) =>
    `"a": [\n${items.map((item) => `    ${item}`).join(",\n")}\n  ]`
  const lists: Record<ConfigFormatName, (items: readonly number[]) => string> = {
    json: (items) => `{\n  ${flow(items)}\n}\n`,
    jsonc: (items) => `{\n  // c\n  ${flow(items)},\n}\n`,
    yaml: (items) => `a: # c\n${items.map((item) => `  - v: ${item}\n    m: 1\n`).join("")}`,
    toml: (items) => `x = 1\n${items.map((item) => `\n[[a]]\nv = ${item}\nm = 1\n`).join("")}`,
  }
  test.each(Object.entries(lists))(
    "items of one list go, come and change in %s in one reading",
    (name, textOf) => {
      const text = textOf(every)
      const format = {
        ...configFormats[name as ConfigFormatName],
        parse: vi.fn(configFormats[name as ConfigFormatName].parse),
      }
      // Each third one goes, each seventh one gets another one in front, and the last but one changes.
      const meant = every
        .flatMap((item) => (item % 3 === 1 ? [] : item % 7 === 5 ? [item + 500, item] : [item]))
        .map((item) => (item === count - 2 ? 900 : item))
      const after = format.parse(textOf(meant))
      const before = format.parse(text)
      format.parse.mockClear()
      expect(editConfig({ format, text, before, after })).toBe(textOf(meant))
      expect(format.parse).toHaveBeenCalledTimes(1)
    },
  )

  test.each<[ConfigFormatName, string, Record<string, unknown>, string, number]>([
    ["toml", "[t]\nx = 1\n", { a: 1, b: 2, c: 3 }, "a = 1\nb = 2\nc = 3\n\n[t]\nx = 1\n", 2],
    ["toml", "x = 1", { a: { y: 1 }, b: { z: 1 } }, "x = 1\n\n[a]\ny = 1\n\n[b]\nz = 1\n", 2],
    ["toml", "", { a: { y: 1 }, b: { z: 1 } }, "[a]\ny = 1\n\n[b]\nz = 1\n", 2],
    ["yaml", "a:\n  b: 1\n", { c: 1, "a.d": 2, "a.e": 3 }, "a:\n  b: 1\n  d: 2\n  e: 3\nc: 1\n", 2],
    ["yaml", "a: 1\nb: 2\nc: 3\nd: 4\n", { b: undefined, c: undefined, a: 5 }, "a: 5\nd: 4\n", 1],
    ["toml", "a=1\nb=2\nc=3\nd=4\n", { b: undefined, c: undefined, a: 5 }, "a=5\nd=4\n", 1],
    ["json", '{"a":{},"b":1}', { "a.x": 1, "a.y": 2, b: 3 }, '{"a":{"x":1,"y":2},"b":3}', 2],
    ["jsonc", '{"a":1 /* a */ }', { b: 1, c: 2 }, '{"a":1, /* a */ "b":1,"c":2 }', 2],
  ])("%s %j becomes what it would one by one", (name, text, values, expected, most) => {
    const { edited, readings } = editAll(name, text, values)
    expect(edited).toBe(expected)
    expect(readings).toBeLessThanOrEqual(most)
  })

  test("blocks, and values with an anchor, are changed beside words", () => {
    const text = "a: 1\nb: 2\nc: |\n  two\n  lines\nd: &x 4\ne: 5\nf: 6\ng: 7 # *x\n"
    const values = { a: 10, b: 20, c: "three\nlines\n", d: 40, e: 50, f: 60, g: 70 }
    const { edited, readings } = editAll("yaml", text, values)
    expect(edited).toBe(
      "a: 10\nb: 20\nc: |\n  three\n  lines\nd: &x 40\ne: 50\nf: 60\ng: 70 # *x\n",
    )
    expect(readings).toBe(1)
  })

  test("members of inline tables that dotted keys imply go together", () => {
    const text = (rest: string) =>
      every.map((place) => `t${place} = { a = 1${rest} } # c\n`).join("")
    const gone = Object.fromEntries(every.map((place) => [`t${place}.b.d`, undefined]))
    const { edited, readings } = editAll("toml", text(", b.c = 2, b.d = 3"), gone)
    expect(edited).toBe(text(", b.c = 2"))
    expect(readings).toBe(1)
  })

  test("one that does not go at first sight costs few readings more", () => {
    const words = (from: number) => every.map((place) => `k${place}: ${place + from}\n`).join("")
    // The line break before the last line is the text's own.
    const kept = "kept: |+\n  x\n\n"
    const values = Object.fromEntries(every.map((place) => [`k${place}`, place + 100]))
    const text = `${words(0)}${kept}last: 1`
    const { edited, readings } = editAll("yaml", text, { ...values, last: undefined })
    expect(edited).toBe(words(100) + kept)
    expect(readings).toBeGreaterThan(2)
    expect(readings).toBeLessThan(20)
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

  test.each(["json", "jsonc", "yaml", "toml"] as const)(
    "come out in %s as one after the other would",
    (name) => {
      const seed = Number(process.env.PERSIST_SEED ?? 1)
      const { edited, otherwise, readings } = fuzzTogether(name, 150, seed)
      expect(edited).toBeGreaterThan(75)
      expect(otherwise).toBeLessThan(5)
      expect(readings.together).toBeLessThan(readings.single)
    },
  )
})
