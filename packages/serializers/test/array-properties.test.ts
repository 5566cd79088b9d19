import { runInNewContext } from "node:vm"
import { JsonSerializer, type Serializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { MsgpackSerializer } from "../src/msgpack/index.ts"
import { PickleSerializer } from "../src/pickle/index.ts"
import { YamlSerializer } from "../src/yaml/index.ts"
import { failure } from "./failure.ts"
import { difference } from "./same-graph.ts"

const withProperty = (length: number, name: PropertyKey, value: unknown): unknown[] =>
  Object.assign(Array(length).fill(1), { [name]: value })

const strict: [string, Serializer][] = [
  ["JSON", new JsonSerializer()],
  ["MessagePack", new MsgpackSerializer()],
  ["YAML", new YamlSerializer()],
]

// What the methods of arrays ask an array for, or are called by.
const asked = ["constructor", "slice", "toSpliced", "concat"]

describe.each(asked)("an array's own %s", (name) => {
  test.each([2, 9])("is kept by a pickle of %s elements", (length) => {
    const pickle = new PickleSerializer()
    const array = withProperty(length, name, "text")
    expect(difference(pickle.decode(pickle.encode([array])), [array])).toBeUndefined()
  })
})

describe.each<PropertyKey>([...asked, Symbol.iterator])("an array's own %s", (name) => {
  test.each(strict)("is refused by %s as what it is", (_format, serializer) => {
    for (const value of ["text", { [Symbol.species]: 1 }]) {
      const array = withProperty(9, name, value)
      const error = failure(() => serializer.encode({ array }))
      expect(error).toMatchObject({ code: "ERR_PERSIST_ENCODE", details: { path: "$.array" } })
      expect(error.message).toMatch(/is an array with (a )?propert/)
    }
  })
})

test.each(strict)(
  "an array of another realm is one for %s, of any length",
  (_format, serializer) => {
    for (const length of [2, 9]) {
      const array = runInNewContext(`Array.from({ length: ${length} }, (_, index) => ({ index }))`)
      expect(serializer.decode(serializer.encode({ array }))).toEqual({ array: [...array] })
      const more = runInNewContext("Object.assign(array, { more: 1 })", { array })
      expect(() => serializer.encode(more)).toThrow(/is an array with (a )?propert/)
    }
  },
)
