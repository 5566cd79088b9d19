import { expect, test } from "vitest"
import type { ConfigFormatName } from "../src/configs/formats/config-format.ts"
import { configFormats } from "../src/configs/formats/formats.ts"
import { isPlainObject } from "../src/plain-object.ts"

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
  ["json", "nothing", ""],
  ["json", "a comment", "{} // x"],
  ["toml", "a key twice", "a = 1\na = 2\n"],
])("%s: %s is refused", (name, _, text) => {
  expect(() => configFormats[name].parse(text)).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_DECODE", details: expect.anything() }),
  )
})
