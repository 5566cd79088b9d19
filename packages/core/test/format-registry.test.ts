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

class Named extends JsonSerializer {
  override readonly fileExtension: string
  constructor(fileExtension: string) {
    super()
    this.fileExtension = fileExtension
  }
}

test("what a storage cannot tell values by is refused, known or new", () => {
  const formats = new FormatRegistry([new JsonSerializer()])
  const refuse = (other: string) => (extension: string) => {
    if (extension === other) throw new Error(`not ${extension}`)
  }
  expect(() => formats.restrict(refuse(".json"))).toThrow("not .json")
  formats.restrict(refuse(".tmp"))
  expect(() => formats.add(new Named(".tmp"))).toThrow("not .tmp")
  expect(formats.extensions).toEqual([".json"])
})

test("the name of a format has a length that every backend can store", () => {
  const longest = new Named(`.${"x".repeat(100)}`)
  expect(new FormatRegistry([longest]).extensions).toEqual([longest.fileExtension])
  for (const extension of ["", ".", "json", ".a/b", ".a\0", `.${"x".repeat(101)}`]) {
    expect(() => new FormatRegistry([new Named(extension)])).toThrow(/at most 100 characters/)
  }
})
