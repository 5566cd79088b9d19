import { runInNewContext } from "node:vm"
import { JsonSerializer, type Serializer } from "@persist/core"
import { type } from "arktype"
import * as v from "valibot"
import { describe, expect, expectTypeOf, test } from "vitest"
import { z } from "zod"
import { validated } from "../src/validated/index.ts"
import { codeOf, failure } from "./failure.ts"

const json = new JsonSerializer()

const schemas = {
  zod: z.object({ name: z.string(), level: z.number().int() }),
  valibot: v.object({ name: v.string(), level: v.pipe(v.number(), v.integer()) }),
  arktype: type({ name: "string", level: "number.integer" }),
}

describe.each(Object.entries(schemas))("validated, %s", (_name, schema) => {
  const serializer = validated(json, schema)

  test("passes what fits", () => {
    const value = { name: "a", level: 3 }
    expect(serializer.decode(serializer.encode(value))).toEqual(value)
    expect(serializer.fileExtension).toBe(".json")
  })

  test("refuses what does not, on both sides, with the path", () => {
    const wrong = { name: "a", level: 1.5 }
    for (const run of [
      () => serializer.encode(wrong),
      () => serializer.decode(json.encode(wrong)),
    ]) {
      const error = failure(run)
      expect(error.code).toBe("ERR_PERSIST_VALIDATION")
      expect(error.details).toMatchObject({ issues: [{ path: "$.level" }] })
    }
  })

  test("damage stays damage", () => {
    expect(codeOf(() => serializer.decode(Buffer.from("{")))).toBe("ERR_PERSIST_DECODE")
  })
})

test("the type of the values is the schema's output", () => {
  const withDefault = validated(json, z.object({ name: z.string(), level: z.number().default(1) }))
  expectTypeOf(withDefault).toExtend<Serializer<{ name: string; level: number }>>()
  expectTypeOf(withDefault.decode).returns.toEqualTypeOf<{ name: string; level: number }>()
  expectTypeOf(validated(json, schemas.valibot).decode).returns.toEqualTypeOf<{
    name: string
    level: number
  }>()
  expectTypeOf(validated(json, schemas.arktype).decode).returns.toEqualTypeOf<{
    name: string
    level: number
  }>()
  // @ts-expect-error the level must be a number
  expect(codeOf(() => withDefault.encode({ name: "a", level: "1" }))).toBe("ERR_PERSIST_VALIDATION")
  expect(withDefault.decode(Buffer.from('{"name":"a"}'))).toEqual({ name: "a", level: 1 })
})

test("an asynchronous schema and something else are refused", () => {
  const slow = z.string().refine(async () => true)
  expect(codeOf(() => validated(json, slow).encode("a"))).toBe("ERR_PERSIST_VALIDATION")
  expect(codeOf(() => validated(json, {} as never))).toBe("ERR_PERSIST_INVALID_OPTION")
})

test.each<[string, () => unknown]>([
  [
    "throws",
    () => {
      throw new TypeError("no")
    },
  ],
  ["answers a promise of another realm", () => runInNewContext("Promise.resolve({ value: 1 })")],
  ["answers nothing", () => undefined],
])("a schema that %s lets nothing through", (_name, validate) => {
  const schema = { "~standard": { version: 1, vendor: "test", validate } }
  const serializer = validated(json, schema as never)
  expect(codeOf(() => serializer.encode(1 as never))).toBe("ERR_PERSIST_VALIDATION")
  expect(codeOf(() => serializer.decode(json.encode(1)))).toBe("ERR_PERSIST_VALIDATION")
})
