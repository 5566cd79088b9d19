import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { JsonSerializer, type Serializer } from "@persist/core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  checksummed,
  compressed,
  detect,
  encrypted,
  generateKey,
  MsgpackSerializer,
  PickleSerializer,
  validated,
  YamlSerializer,
} from "../src/index.ts"
import { codeOf } from "./failure.ts"

const json = new JsonSerializer()
const key = generateKey()
const never = undefined as never
const hooks = { encode: () => new Uint8Array(), decode: () => new Date() }
const extension = { type: 1, class: Date, ...hooks }
class Own {}

describe("wrong options are refused where they are given", () => {
  test.each<[string, () => unknown]>([
    ["compressed around nothing", () => compressed(never)],
    ["compressed around no serializer", () => compressed({} as never)],
    ["encrypted around nothing", () => encrypted(never, { keys: { key } })],
    ["checksummed around nothing", () => checksummed(never)],
    ["validated around nothing", () => validated(never, never)],
    [
      "a chunk size that is text",
      () => encrypted(json, { keys: { key }, chunkSize: "4096" as never }),
    ],
    ["a passphrase that is no Unicode", () => encrypted(json, { passphrase: "a\ud800" })],
    ["a context that is no Unicode", () => encrypted(json, { keys: { key }, context: "\ud800" })],
    ["a key id that is no Unicode", () => encrypted(json, { keys: { "\ud800": key } })],
    ["an extension that is none", () => new MsgpackSerializer({ extensions: [null as never] })],
    [
      "an unknown part of an extension",
      () => new MsgpackSerializer({ extensions: [{ ...extension, nme: 1 } as never] }),
    ],
    [
      "an extension whose class is none",
      () => new MsgpackSerializer({ extensions: [{ ...extension, class: (() => 1) as never }] }),
    ],
    [
      "two extensions for one class",
      () => new MsgpackSerializer({ extensions: [extension, { ...extension, type: 2 }] as never }),
    ],
    ["no class at all", () => new PickleSerializer().register(never)],
    [
      "upgrades that are a number",
      () => new PickleSerializer({ classes: [{ class: Own, upgrades: 5 as never }] }),
    ],
    ["a Date without hooks", () => new PickleSerializer({ classes: [{ class: Date }] })],
    [
      "a Date with half of the hooks",
      () => new PickleSerializer({ classes: [{ class: Date, save: () => ({}) }] }),
    ],
    ["a URL without hooks", () => new PickleSerializer({ classes: [{ class: URL }] })],
    [
      "a subclass of URL without hooks",
      () => new PickleSerializer({ classes: [{ class: class extends URL {}, name: "x" }] }),
    ],
    ["a WeakRef without hooks", () => new PickleSerializer({ classes: [{ class: WeakRef }] })],
    [
      "a boxed number without hooks",
      () => new PickleSerializer({ classes: [{ class: class Count extends Number {} }] }),
    ],
  ])("%s", (_name, make) => {
    expect(codeOf(make)).toBe("ERR_PERSIST_INVALID_OPTION")
  })

  test("a built-in error that is registered keeps all of it", () => {
    const pickle = new PickleSerializer({ classes: [{ class: Error }, { class: RangeError }] })
    const back = pickle.decode(pickle.encode([new Error("a", { cause: 1 }), new RangeError("b")]))
    expect(back).toEqual([new Error("a", { cause: 1 }), new RangeError("b")])
  })
})

describe("detect", () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "persist-detect-"))
  })
  afterAll(() => rm(directory, { recursive: true }))

  test.each([
    ["a number", 5],
    ["nothing", undefined],
    ["an ArrayBuffer", new ArrayBuffer(2)],
    ["a web address", new URL("http://a/b.json")],
  ])("refuses %s as a source", async (_name, source) => {
    await expect(detect(source as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })

  test("takes damage in a file for what its name says, not for text", async () => {
    for (const name of ["a.json.zst", "a.json.gz", "a.json.sum", "a.pkl"]) {
      const path = join(directory, name)
      await writeFile(path, "junk of any kind")
      const serializer = await detect(path)
      expect(name.slice(1)).toBe(serializer.fileExtension)
      await expect(serializer.deserialize(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_PERSIST_(DECODE|CORRUPT)$/),
      })
    }
    const unpacked = join(directory, "b.json.gz")
    await writeFile(unpacked, "[1]")
    expect(await (await detect(unpacked)).deserialize(unpacked)).toEqual([1])
  })
})

describe("layers", () => {
  test.each<[string, () => unknown]>([
    ["a string", () => '"text"'],
    ["wider numbers", () => new Uint16Array([300])],
    ["an array", () => [1]],
    ["nothing", () => undefined],
    ["a promise", async () => new Uint8Array(1)],
    [
      "a promise that fails",
      async () => {
        throw new Error("unseen")
      },
    ],
  ])("refuse a serializer that encodes to %s", (_name, encode) => {
    class Wrong extends JsonSerializer {
      override encode(): Uint8Array {
        return encode() as Uint8Array
      }
    }
    const wrong = new Wrong()
    for (const layer of [
      compressed(wrong),
      compressed(wrong, { algorithm: "gzip" }),
      checksummed(wrong),
      checksummed(wrong, { algorithm: "crc32" }),
      encrypted(wrong, { keys: { key } }),
      compressed(validated(wrong, z as never)),
    ])
      expect(codeOf(() => layer.encode(1))).toBe("ERR_PERSIST_ENCODE")
  })
})

const z = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
}

describe("decode", () => {
  const gone = new Uint8Array(8)
  structuredClone(gone.buffer, { transfer: [gone.buffer] })
  test.each<Serializer>([
    new MsgpackSerializer(),
    new PickleSerializer(),
    new YamlSerializer(),
    compressed(json),
    compressed(json, { algorithm: "gzip" }),
    compressed(json, { algorithm: "brotli" }),
    checksummed(json),
    encrypted(json, { keys: { key } }),
    validated(json, z as never),
  ])("refuses what is no bytes: %s", (serializer) => {
    const inputs = [
      undefined,
      null,
      "text",
      5,
      [1],
      {},
      new ArrayBuffer(2),
      new Uint16Array(2),
      gone,
    ]
    for (const input of inputs)
      expect(codeOf(() => serializer.decode(input as never))).toBe("ERR_PERSIST_INVALID_ARGUMENT")
  })

  test("reads bytes of another realm, and those that may grow or are shared", () => {
    const bytes = json.encode([1, "é"])
    const foreign = runInNewContext("new Uint8Array(length)", { length: bytes.length })
    const growing = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: 100 }))
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    for (const view of [foreign, growing, shared]) {
      view.set(bytes)
      expect(json.decode(view)).toEqual([1, "é"])
    }
  })
})
