import { JsonSerializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { validated } from "../src/validated/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { failure } from "./failure.ts"

const long = "k".repeat(100_000)

class Named {}
Object.defineProperty(Named, "name", { value: long })

class Numbered {}
Object.defineProperty(Numbered, "name", { value: 5 })

const all = () => [
  new JsonSerializer(),
  new JsonSerializer({ canonical: true }),
  new MsgpackSerializer(),
  new YamlSerializer(),
  new PickleSerializer(),
]

const throwing = (thrown: unknown) => ({
  get property() {
    throw thrown
  },
})

test.each<[string, unknown]>([
  ["a class", [new Named()]],
  ["a symbol", Symbol(long)],
  ["a symbol as key", { [Symbol(long)]: 1 }],
  ["a key", { [long]: { [long]: () => 1 } }],
  ["a property of an array", Object.assign([() => 1], { [long]: () => 1 })],
  ["what a getter throws", throwing(new TypeError(long))],
  ["a text that a getter throws", throwing(long)],
])("a message does not quote %s of 100,000 characters", (_name, value) => {
  for (const serializer of all()) {
    const { code, message, details } = failure(() => serializer.encode(value))
    expect(code).toBe("ERR_PERSIST_ENCODE")
    expect(message.length).toBeLessThan(3000)
    expect(String(details?.path).length).toBeLessThan(600)
  }
})

test("nor what a schema says of it, which stays whole in the details", () => {
  const serializer = validated(new JsonSerializer(), z.strictObject({}))
  const error = failure(() => serializer.encode({ [long]: 1 } as never))
  expect(error.code).toBe("ERR_PERSIST_VALIDATION")
  expect(error.message.length).toBeLessThan(500)
  expect(JSON.stringify(error.details)).toContain(long)
})

describe("a message takes what should be text for what it is:", () => {
  test.each<[string, unknown, string]>([
    ["the name of a class", new Numbered(), "an unnamed class"],
    [
      "an error's message",
      throwing(Object.assign(new Error(), { message: 5 })),
      "an instance of Error",
    ],
    ["none", throwing(Object.assign(new Error(), { message: undefined })), "an instance of Error"],
  ])("%s", (_name, value, said) => {
    for (const serializer of all()) {
      const { code, message } = failure(() => serializer.encode(value))
      expect(code).toBe("ERR_PERSIST_ENCODE")
      expect(message).toContain(said)
    }
  })

  test("what a schema says", () => {
    const validate = () => ({ issues: [{ message: { key: "too.long" } as never, path: ["a"] }] })
    const schema = { "~standard": { version: 1, vendor: "own", validate } } as const
    const error = failure(() => validated(new JsonSerializer(), schema).encode(1 as never))
    expect(error.code).toBe("ERR_PERSIST_VALIDATION")
    expect(error.message).toContain("$.a: ")
  })
})
