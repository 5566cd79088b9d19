import { expect, test } from "vitest"
import { JsonSerializer } from "../src/index.ts"
import { FormatRegistry } from "../src/storage/format-registry.ts"

test("bytes of an unknown format get the benefit of the doubt", () => {
  const formats = new FormatRegistry([new JsonSerializer()])
  expect(formats.isValid(Buffer.from("{"), ".json")).toBe(false)
  expect(formats.isValid(Buffer.from("{}"), ".json")).toBe(true)
  expect(formats.isValid(Buffer.from("{"), ".other")).toBe(true)
})

test("the first serializer of a format stays", () => {
  const [first, second] = [new JsonSerializer(), new JsonSerializer({ indent: 0 })]
  const formats = new FormatRegistry([first, second])
  expect(formats.reader(".json", undefined, "key")).toBe(first)
  expect(formats.reader(".json", second, "key")).toBe(second)
  expect(formats.extensions).toEqual([".json"])
})
