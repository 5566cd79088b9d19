import fc from "fast-check"
import { expect, test } from "vitest"
import { openEnvelope, sealEnvelope } from "../src/states/envelope.ts"

const metadata = { name: "game1", savedAt: "2024-05-01T12:00:00.000Z" }

test("an object keeps the original's form", () => {
  expect(sealEnvelope({ level: 3 }, metadata)).toEqual({
    level: 3,
    _saved_at: metadata.savedAt,
    _name: "game1",
  })
})

test("all that is known of a state comes back with it, of either form", () => {
  const known = { ...metadata, version: 2, checkpoint: "id", label: "first" }
  for (const data of [{ level: 3 }, [1, 2], { _label: "mine" }]) {
    expect(openEnvelope(sealEnvelope(data, known))).toEqual({ data, metadata: known })
  }
})

test("what has no room for metadata is wrapped", () => {
  expect(sealEnvelope([1, 2], metadata)).toEqual({
    _value: [1, 2],
    _saved_at: metadata.savedAt,
    _name: "game1",
  })
})

test("any data comes back as it was, reserved names included", () => {
  const names = fc.constantFrom(
    "_saved_at",
    "_name",
    "_value",
    "_version",
    "__proto__",
    "a",
    "toJSON",
  )
  const value = fc.oneof(fc.jsonValue(), fc.dictionary(names, fc.jsonValue()))
  fc.assert(
    fc.property(value, (data) => {
      const stored = JSON.parse(JSON.stringify(sealEnvelope(data, metadata)))
      const opened = openEnvelope(stored)
      expect(opened.data).toEqual(JSON.parse(JSON.stringify(data)))
      expect(opened.metadata).toMatchObject(metadata)
    }),
  )
})
