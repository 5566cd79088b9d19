import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { expect, onTestFinished, test, vi } from "vitest"
import type { ConfigFormatName } from "../src/configs/formats/config-format.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { yamlParser } from "../src/configs/formats/lazy-parsers.ts"
import { ConfigManager } from "../src/index.ts"
import { isPlainObject } from "../src/plain-object.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test.each<[ConfigFormatName, string]>([
  ["json", '{"__proto__":{"polluted":1}}'],
  ["jsonc", '{"__proto__":{"polluted":1}} // x'],
  ["yaml", "__proto__:\n  polluted: 1\nconstructor:\n  prototype:\n    polluted: 1\n"],
  ["toml", "[__proto__]\npolluted = 1\n"],
  ["toml", "a.__proto__.polluted = 1\n"],
  ["toml", 'a = [{ "\\u005f_proto__" = { polluted = 1 } }]\n'],
  ["toml", "[constructor.prototype]\npolluted = 1\n"],
])("%s: no text reaches a prototype: %j", (name, text) => {
  try {
    expect(isPlainObject(configFormats[name].parse(text))).toBe(true)
  } catch (error) {
    expect(error).toMatchObject({ code: "ERR_PERSIST_DECODE" })
  }
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
})

test.each<[ConfigFormatName, string, string]>([
  ["json", "a deep text", "[".repeat(100_000)],
  ["jsonc", "a deep text", "[".repeat(100_000)],
  ["jsonc", "a deep text that ends", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ["yaml", "a deep text", "[".repeat(10_000)],
  ["toml", "a deep text", `a = ${"[".repeat(10_000)}`],
  [
    "yaml",
    "aliases of aliases",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefg"
      .split("")
      .map((one, index) => `${one}: &${one} [${`*${"abcdef"[index]},`.repeat(9)}]`)
      .join("\n")}`,
  ],
  ["yaml", "two documents", "a: 1\n---\nb: 2\n"],
  ["yaml", "a key twice", "a: 1\na: 2\n"],
  ["yaml", "a key twice in a list in brackets", "a: [{ b: { c: 1, d: 2, c: 3 } }]\n"],
  ["yaml", "a number that is a text's name too", '1: a\n"1": b\n'],
  ["yaml", "null that is the empty text's name too", 'a:\n  null: a\n  "": b\n'],
  ["yaml", "a key that is an alias of another", "&x a: 1\n*x : 2\n"],
  ["json", "nothing", ""],
  ["json", "a comment", "{} // x"],
  ["toml", "a key twice", "a = 1\na = 2\n"],
])("%s: %s is refused", (name, _, text) => {
  expect(() => configFormats[name].parse(text)).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_DECODE", details: expect.anything() }),
  )
})

test("YAML: reads a list of more items than a call takes arguments, and a key of many aliases", () => {
  const { length } = configFormats.yaml.parse(`[${"1,".repeat(130_000)}]`) as unknown[]
  expect(length).toBe(130_000)
  const value = configFormats.yaml.parse(`x: &x [1]\n? [${"*x,".repeat(200)}]\n: 1\n`)
  expect(Object.values(value as object)).toEqual([[1], 1])
})

test("YAML: reads 20,000 keys of one map in a time that grows as their number does", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `key${index}`)
  const text = names.map((name) => `${name}: 1\n`).join("")
  // Of the processor, which a busy machine does not stretch: by the square of the keys it took 17 s.
  const before = process.cpuUsage()
  const value = configFormats.yaml.parse(text)
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(6)
  expect(Object.keys(value as object)).toEqual(names)
})

test.each([
  ["escapes", '- "\\q"\n', 4, "Invalid escape sequence \\q"],
  ["anchors", "- &a &b x\n", 6, "A node can have at most one anchor"],
  ["brackets", "- [a b: c]]\n", 11, "Unexpected flow-seq-end token in YAML stream"],
  ["tags", "- !!int x\n", 3, "a value does not fit its tag"],
])(
  "YAML: tells the first of many wrong %s, and makes no errors of the others",
  (_, wrong, column, said) => {
    let made = 0
    const name = { configurable: true, set: () => void made++ }
    Object.defineProperty(yamlParser().YAMLError.prototype, "name", name)
    onTestFinished(() => void Reflect.deleteProperty(yamlParser().YAMLError.prototype, "name"))
    const refused = {
      code: "ERR_PERSIST_DECODE",
      message: expect.stringContaining(said),
      details: { line: 1, column },
    }
    const read = () => configFormats.yaml.parse(wrong.repeat(1000))
    expect(read).toThrow(expect.objectContaining(refused))
    expect(made).toBeLessThan(5)
  },
)

test("YAML: a parser that cannot be stopped at a mistake tells all the same", () => {
  const parser = yamlParser()
  class Closed extends parser.Composer {
    constructor(...options: ConstructorParameters<typeof parser.Composer>) {
      super(...options)
      const value = Reflect.get(this, "onError")
      Object.defineProperty(this, "onError", { get: () => value, set: () => {} })
    }
  }
  const closed = vi.spyOn(parser, "Composer", "get").mockReturnValue(Closed as never)
  onTestFinished(() => void closed.mockRestore())
  expect(configFormats.yaml.parse("a: !own 1\n")).toEqual({ a: "1" })
  for (const [text, said] of [
    ["a: !!int x\n", "a value does not fit its tag"],
    ['a: "\\q"\n', "Invalid escape sequence"],
    ["a: 1\n---\n", "a second document begins"],
  ] as const) {
    expect(() => configFormats.yaml.parse(text)).toThrow(said)
  }
})

test.each(["json", "jsonc", "yaml", "toml"] as const)(
  "%s: a value that holds itself is refused",
  async (format) => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
    const list: unknown[] = [1]
    const value = { list, same: [list, list] }
    await configs.saveConfig("app", value)
    list.push({ value })
    for (const work of [configs.saveConfig("app", value), configs.updateConfig("app", value)]) {
      await expect(work).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" })
    }
    expect(await configs.loadConfig("app")).toEqual({ list: [1], same: [[1], [1]] })
  },
)

test.each(["json", "jsonc", "yaml", "toml"] as const)(
  "%s: what is nested too deeply is refused on its way in and on its way out, and nothing is written",
  async (format) => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory, format })
    const nested = (levels: number) => {
      let value: unknown = 1
      for (let level = 0; level < levels; level++) value = { x: value }
      return value as object
    }
    const tooDeep = { code: "ERR_PERSIST_ENCODE", message: expect.stringMatching(/nested|holds/) }
    await configs.saveConfig("deep", { a: 1 })
    await expect(configs.saveConfig("deep", nested(10_000))).rejects.toMatchObject(tooDeep)
    await expect(configs.updateConfig("deep", nested(10_000))).rejects.toMatchObject(tooDeep)
    const sparse = new Array<number>(2)
    await expect(configs.updateConfig("deep", { sparse })).rejects.toMatchObject({
      code: "ERR_PERSIST_ENCODE",
    })
    await expect(configs.updateConfig("deep", { a: [nested(501)] })).rejects.toMatchObject(tooDeep)
    const layers = await configs.open("deep")
    await expect(layers.set("b".repeat(1000).split("").join("."), 1)).rejects.toMatchObject(tooDeep)
    await expect(layers.set("b", nested(10_000))).rejects.toMatchObject(tooDeep)
    expect(await configs.loadConfig("deep")).toEqual({ a: 1 })

    const lists = "[".repeat(10_000) + "]".repeat(10_000)
    const path = join(directory, "configs", `deep.${format}`)
    writeFileSync(path, format === "toml" ? `a = ${lists}` : `{"a":${lists}}`)
    const refused = {
      code: "ERR_PERSIST_DECODE",
      message: expect.stringMatching(/nested too deeply/),
    }
    await expect(configs.loadConfig("deep")).rejects.toMatchObject(refused)
    await expect(configs.updateConfig("deep", { b: 1 })).rejects.toMatchObject(refused)
    await expect(configs.open("deep")).rejects.toMatchObject(refused)
  },
)

test.each([
  ["a key that no reader can keep", JSON.parse('{"deep":[1,{"__proto__":1}]}')],
  ["a table under one", JSON.parse('{"deep":{"__proto__":{"a":1}}}')],
  ["a year of five digits", { at: new Date("+010000-01-01T00:00:00Z") }],
  ["a year before Christ", { at: new Date("-000044-03-15T00:00:00Z") }],
])("TOML: %s is refused, in a new file and in an old one", async (_, value) => {
  await using configs = new ConfigManager({ directory: temporaryDirectory(), format: "toml" })
  await configs.saveConfig("old", { a: 1 })
  const refused = { code: "ERR_PERSIST_ENCODE" }
  await expect(configs.saveConfig("new", value)).rejects.toMatchObject(refused)
  await expect(configs.updateConfig("old", value)).rejects.toMatchObject(refused)
  expect(await configs.loadConfig("old")).toEqual({ a: 1 })
  expect(await configs.configExists("new")).toBe(false)
})

test("TOML's integers of 64 bits are exact", () => {
  const text = `a = 9007199254740993
b.c = [1, 0xFFFFFFFFFFFFFFF, { d.e = -9_223_372_036_854_775_808 }]
[t.u]
x = 9007199254740991
[[t.v]]
"y z" = 12345678901234567
[[t.v]]
[t.v.w]
q = 0b1
`
  const value = configFormats.toml.parse(text)
  expect(value).toEqual({
    a: 9007199254740993n,
    b: { c: [1, 2n ** 60n - 1n, { d: { e: -(2n ** 63n) } }] },
    t: { u: { x: 9007199254740991 }, v: [{ "y z": 12345678901234567n }, { w: { q: 1 } }] },
  })
  expect(configFormats.toml.parse(configFormats.toml.print(value))).toEqual(value)
})

test("TOML refuses integers that would come back as numbers, and those of more than 64 bits", async () => {
  await using configs = new ConfigManager({ directory: temporaryDirectory(), format: "toml" })
  await configs.saveConfig("app", { deep: { n: 1 } })
  for (const n of [5n, -(2n ** 53n) + 1n, 2n ** 63n]) {
    const refused = { code: "ERR_PERSIST_ENCODE" }
    await expect(configs.updateConfig("app", { deep: { n } })).rejects.toMatchObject(refused)
    await expect(configs.saveConfig("new", { n })).rejects.toMatchObject(refused)
  }
  await configs.updateConfig("app", { deep: { n: 2n ** 53n } })
  expect(await configs.loadConfig("app")).toEqual({ deep: { n: 2n ** 53n } })
})

test("TOML: a date of another context is a date, in a new file and in the place of another", async () => {
  const directory = temporaryDirectory()
  await using configs = new ConfigManager({ directory, format: "toml" })
  const date = (text: string) => runInNewContext("new Date(text)", { text }) as Date
  await configs.saveConfig("app", { at: date("2024-01-02T03:04:05Z") })
  const path = join(directory, "configs", "app.toml")
  expect(readFileSync(path, "utf8")).toBe("at = 2024-01-02T03:04:05.000Z\n")
  writeFileSync(path, "at = 2024-01-02 # day\n")
  await configs.updateConfig("app", { at: date("2024-05-06") })
  expect(readFileSync(path, "utf8")).toBe("at = 2024-05-06 # day\n")
})
