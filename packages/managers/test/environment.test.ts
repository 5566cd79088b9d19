import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { PersistError } from "@persist/core"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { type EnvironmentType, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const port = z.object({ port: z.number().default(1) })

async function read(schema: z.ZodType, source: Record<string, string>): Promise<unknown> {
  return (await openConfig({ schema, environment: { prefix: "A_", source } })).value
}

describe("environment variables", () => {
  test.each([
    [z.union([z.number(), z.literal("auto")]), "auto", "auto"],
    [z.union([z.literal("auto"), z.number()]), "80", 80],
    [z.union([z.boolean(), z.string()]), "verbose", "verbose"],
    [z.union([z.boolean(), z.string()]), "true", true],
    [z.union([z.string(), z.number()]), "80", "80"],
    [z.union([z.enum(["a", "b"]), z.boolean()]), "b", "b"],
    [z.number().nullable(), "80", 80],
    [z.enum(["a", "b"]).nullable(), "b", "b"],
    [z.literal(["a", 1]), "1", 1],
    [z.literal(["a", 1]), "a", "a"],
    [z.coerce.date(), "2024-05-01", new Date("2024-05-01")],
    [z.coerce.date().optional(), "2024-05-01", new Date("2024-05-01")],
    [z.coerce.bigint(), "12", 12n],
    [z.coerce.boolean(), "false", false],
  ])("are the first of several types that fits", async (schema, text, value) => {
    expect(await read(z.object({ a: schema }), { A_A: text })).toEqual({ a: value })
  })

  const deep = "[".repeat(2000) + "]".repeat(2000)
  test.each<[EnvironmentType, string, unknown]>([
    ["number", " 7 ", 7],
    ["number", " ", undefined],
    ["number", "1e999", undefined],
    ["boolean", " YES", true],
    ["boolean", "Off", false],
    ["boolean", "", undefined],
    ["list", "", []],
    ["list", "a, b,", ["a", "b", ""]],
    ["list", ' ["a,b"]', ["a,b"]],
    ["json", deep, undefined],
    [() => JSON.parse(deep), "", undefined],
  ])(
    "are read as what they are declared to be, or refused: %s, %.20j",
    async (type, text, value) => {
      const environment = { prefix: "A_", types: { a: type }, source: { A_A: text } }
      const opening = openConfig({ environment }).then(({ value }) => value)
      if (value !== undefined) await expect(opening).resolves.toEqual({ a: value })
      else await expect(opening).rejects.toMatchObject({ details: { variable: "A_A" } })
    },
  )

  test("that fit none of several types are refused, and not shown", async () => {
    const schema = z.object({ a: z.union([z.number(), z.literal("auto")]) })
    const error = await read(schema, { A_A: "s3cret" }).catch((cause: PersistError) => cause)
    expect(error).toMatchObject({ code: "ERR_PERSIST_VALIDATION", details: { variable: "A_A" } })
    expect((error as PersistError).message).not.toContain("s3cret")
    const word = z.object({ a: z.enum(["a", "b"]).nullable() })
    await expect(read(word, { A_A: "c" })).rejects.toThrow(/a word that the schema allows/)
  })

  test("reach into objects that may be null, that are named, and that hold themselves", async () => {
    const nullable = z.object({ a: port.nullable().default(null) })
    expect(await read(nullable, { A_A_PORT: "5" })).toEqual({ a: { port: 5 } })
    expect(await read(nullable, { A_A: '{"port":6}' })).toEqual({ a: { port: 6 } })
    const named = port.meta({ id: "Named" })
    const twice = z.object({ a: named.prefault({}), b: named.prefault({}) })
    expect(await read(twice, { A_A_PORT: "5" })).toEqual({ a: { port: 5 }, b: { port: 1 } })
    const tree = z.object({
      size: z.number(),
      get inner() {
        return tree.optional()
      },
    })
    expect(await read(tree, { A_SIZE: "5" })).toEqual({ size: 5 })
  })

  test("are read by a schema of valibot in which some types have no JSON form", async () => {
    const jsonSchema = {
      input({ libraryOptions }: { libraryOptions?: { errorMode?: string } }) {
        if (libraryOptions?.errorMode !== "ignore") throw new Error("a date has no JSON Schema")
        return { type: "object", properties: { port: { type: "number" }, since: {} } }
      },
    }
    const validate = (value: unknown) => ({ value })
    const schema = {
      "~standard": { version: 1 as const, vendor: "valibot", validate, jsonSchema },
    }
    const environment = { prefix: "A_", source: { A_PORT: "80" } }
    expect((await openConfig({ schema, environment })).value).toEqual({ port: 80 })
  })

  test.each([
    { a: "json", "a.b": "number" },
    { "a.b": "number", a: "json" },
  ] as Record<string, EnvironmentType>[])(
    "for a part go over one for the whole: %o",
    async (types) => {
      const open = async (source: Record<string, string>) =>
        (await openConfig({ environment: { prefix: "A_", types, source } })).value
      expect(await open({ A_A: '{"b":1,"c":1}', A_A_B: "2" })).toEqual({ a: { b: 2, c: 1 } })
      expect(await open({ A_A: "5", A_A_B: "2" })).toEqual({ a: { b: 2 } })
    },
  )

  test.each([
    ["A_MAX_HTTP_SIZE", "maxHTTPSize"],
    ["A_MAX_HTTPSIZE", "maxHTTPSize"],
    ["A_API_URL", "apiURL"],
    ["A_S3_BUCKET", "s3Bucket"],
    ["A_OAUTH2_CLIENT_ID", "oauth2ClientID"],
    ["A_TLS_CA_FILE", "TLSCaFile"],
    ["A_IP_V4", "ipV4"],
    ["A_KEBAB_CASE", "kebab-case"],
  ])("%s is found for %s", async (variable, name) => {
    const environment = { prefix: "A_", source: { [variable]: "2" } }
    expect((await openConfig({ defaults: { [name]: 1 }, environment })).value).toEqual({
      [name]: 2,
    })
  })

  test("that a value is named by letter for letter are no other one's", async () => {
    const defaults = { HTTPSize: 1, http: { size: 1 }, XMLNode: 1, xmlNode: 1 }
    const source = { A_HTTP_SIZE: "2", A_HTTPSIZE: "3", A_XML_NODE: "4" }
    const { value } = await openConfig({ defaults, environment: { prefix: "A_", source } })
    expect(value).toEqual({ HTTPSize: 3, http: { size: 2 }, XMLNode: 1, xmlNode: 4 })
  })

  test("are not read for names with a dot, which have no path", async () => {
    const schema = z.object({
      "a.b": z.number(),
      c: z.object({ "d.e": z.object({ f: z.number() }) }),
    })
    const defaults = { "a.b": 1, c: { "d.e": { f: 1 } } }
    const source = { A_A_B: "2", A_C_D_E: '{"f":2}', A_C_D_E_F: "2" }
    const environment = { prefix: "A_", source }
    expect((await openConfig({ schema, defaults, environment })).value).toEqual(defaults)
    expect((await openConfig({ defaults, environment })).value).toEqual(defaults)
  })

  test("name items of a list that is there, and of no other", async () => {
    const open = (source: Record<string, string>, types: Record<string, EnvironmentType>) =>
      openConfig<Record<string, unknown>>({
        defaults: { hosts: [{ name: "a", port: 1 }, { name: "b" }], rooms: { 7: "x" } },
        environment: { prefix: "A_", source, types },
      })
    const types = {
      "hosts.1.name": "string",
      "hosts.2.name": "string",
      "rooms.7": "string",
    } as const
    const config = await open({ A_HOSTS_1_NAME: "c", A_HOSTS_2_NAME: "d", A_ROOMS_7: "y" }, types)
    expect(config.value).toEqual({
      hosts: [{ name: "a", port: 1 }, { name: "c" }, { name: "d" }],
      rooms: { 7: "y" },
    })
    expect(config.explain("hosts.1.name")).toMatchObject({
      variable: "A_HOSTS_1_NAME",
      hides: [{}],
    })
    expect(config.explain("hosts.0.name")).toMatchObject({ value: "a", layer: "defaults" })
    const whole = { hosts: "json", ...types } as const
    const both = await open({ A_HOSTS: '[{"name":"e"}]', A_HOSTS_1_NAME: "f" }, whole)
    expect(both.value.hosts).toEqual([{ name: "e" }, { name: "f" }])
    const object = await open({ A_HOSTS: '{"1":{"name":"g"}}' }, whole)
    expect(object.value.hosts).toEqual({ 1: { name: "g" } })
    const far = open({ A_HOSTS: "[]", A_HOSTS_1_NAME: "f" }, whole)
    await expect(far).rejects.toThrow(/A_HOSTS_1_NAME has to be for an item/)
    const opening = open({ A_HOSTS_3_NAME: "c" }, { "hosts.3.name": "string" })
    await expect(opening).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
      message: expect.stringContaining("hosts.3"),
    })
  })

  test("are the origin of the items that they name in a list that is made of several", async () => {
    const config = await openConfig<Record<string, unknown>>({
      defaults: { hosts: [{ name: "a" }, { name: "b", port: 1 }] },
      environment: {
        prefix: "A_",
        source: { A_HOSTS_1_PORT: "2", A_HOSTS_2_PORT: "3" },
        types: { "hosts.1.port": "number", "hosts.2.port": "number" },
      },
      overrides: { hosts: [{ name: "o" }] },
      policies: { hosts: "append" },
    })
    const { value } = config
    expect(value).toEqual({
      hosts: [{ name: "a" }, { name: "b", port: 2 }, { port: 3 }, { name: "o" }],
    })
    const origins = ["0.name", "1.name", "1.port", "2.port", "3.name"].map((path) => {
      const { layer, variable } = config.explain(`hosts.${path}`) ?? {}
      return [path, variable ?? layer]
    })
    expect(Object.fromEntries(origins)).toEqual({
      "0.name": "defaults",
      "1.name": "defaults",
      "1.port": "A_HOSTS_1_PORT",
      "2.port": "A_HOSTS_2_PORT",
      "3.name": "overrides",
    })
  })

  test("put an object in the place of a list where their paths name no items", async () => {
    const schema = z.object({
      cors: z.union([z.array(z.string()), z.object({ origin: z.string() })]),
    })
    const environment = { prefix: "A_", source: { A_CORS_ORIGIN: "x" } }
    const config = await openConfig({ schema, defaults: { cors: ["y"] }, environment })
    expect(config.value).toEqual({ cors: { origin: "x" } })
  })

  test("that their type's function refuses are named, and not shown", async () => {
    const types = {
      a: (text: string) => {
        throw new Error(`bad ${text}`)
      },
    }
    const source = { A_A: "s3cret" }
    const error = await openConfig({ environment: { prefix: "A_", types, source } }).catch((e) => e)
    expect(error).toMatchObject({ code: "ERR_PERSIST_VALIDATION", details: { variable: "A_A" } })
    expect(error.message).toContain("A_A")
    expect(error.message).not.toContain("s3cret")
  })

  test("come from .env files with a byte order mark, but not from what is no text", async () => {
    const dotenv = join(temporaryDirectory(), ".env")
    const options = { defaults: { a: "" }, environment: { prefix: "A_", source: {} }, dotenv }
    writeFileSync(dotenv, "\uFEFFA_A=1\r\n")
    expect((await openConfig(options)).value).toEqual({ a: "1" })
    writeFileSync(dotenv, Uint8Array.of(0x41, 0x5f, 0x41, 0x3d, 0xff))
    await expect(openConfig(options)).rejects.toMatchObject({
      code: "ERR_PERSIST_DECODE",
      path: dotenv,
    })
  })

  test.each([
    ["A_A= \nA_B=1", { a: "", b: "1" }],
    ["export A_A=\nexport A_B = two words # c", { a: "", b: "two words" }],
    ["A_A=1\r\nA_B=2\r\n", { a: "1", b: "2" }],
    ["A_A=1\rA_B=2", { a: "1", b: "2" }],
    ["\u00a0A_A\u3000=\u00a01\n\uFEFFA_B=2", { a: "1", b: "2" }],
    ['A_A="say \\"x\\"" # c\nA_B=\'l1\nl2\'', { a: 'say \\"x\\"', b: "l1\nl2" }],
    ["A_A=\"a\\nb\"\nA_B='a\\nb'", { a: "a\nb", b: "a\\nb" }],
    ["# it's\nA_A=it's\nA_B=`x 'y' \"z\"`", { a: "it's", b: "x 'y' \"z\"" }],
    ["A_A='it's'\nA_B=\"C:\\data\\\" # c", { a: "it's", b: "C:\\data\\" }],
    ['A_A="unclosed\nA_B=x#c', { a: '"unclosed', b: "x" }],
    ['A_A="C:\\a#b\\"\nA_B=`x\n#y\\`', { a: "C:\\a#b\\", b: "x\n#y\\" }],
    ["A_A=\n\n 'a' # c\nA_B=\n#'b'", { a: "a", b: "" }],
    ["A_A: 1\nA_B=https://x/?y=$HOME", { a: "1", b: "https://x/?y=$HOME" }],
    ["A_A : 1\nA_B :2", { a: "", b: "" }],
    ["what is this\nA_A=first\nA_A=second", { a: "second", b: "" }],
  ])("are read from .env files as dotenv reads them: %j", async (text, value) => {
    const dotenv = join(temporaryDirectory(), ".env")
    writeFileSync(dotenv, text)
    const defaults = { a: "", b: "" }
    const environment = { prefix: "A_", source: {} }
    expect((await openConfig({ defaults, environment, dotenv })).value).toEqual(value)
  })
})
