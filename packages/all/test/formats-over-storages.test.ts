import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import {
  DatabaseStorage,
  FileStorage,
  JsonSerializer,
  MsgpackSerializer,
  PickleSerializer,
  type Serializer,
  type Storage,
  YamlSerializer,
} from "../src/index.ts"

const root = mkdtempSync(join(tmpdir(), "persist-all-"))
afterAll(() => rmSync(root, { recursive: true }))

const formats: readonly (readonly [string, Serializer])[] = [
  ["JSON", new JsonSerializer()],
  ["Msgpack", new MsgpackSerializer()],
  ["Pickle", new PickleSerializer()],
  ["YAML", new YamlSerializer()],
]
const storages: readonly (readonly [string, (serializer: Serializer) => Storage])[] = [
  [
    "FileStorage",
    (serializer) =>
      new FileStorage({
        directory: mkdtempSync(join(root, "files-")),
        serializer,
        durability: "none",
      }),
  ],
  [
    "TableStorage",
    (serializer) => new DatabaseStorage("sqlite::memory:").storage("values", { serializer }),
  ],
]
const pairs = formats.flatMap(([format, serializer]) =>
  storages.map(([name, open]) => [format, name, serializer, open] as const),
)

/** What every format can hold. */
const plain = fc
  .jsonValue({ maxDepth: 3 })
  // JSON takes -0, which not every format can hold, to 0.
  .map((value): unknown => JSON.parse(JSON.stringify(value)))

describe.each(pairs)("%s over %s", (_format, _name, serializer, open) => {
  test("gives back every value, under every key, in every version", async () => {
    const storage = open(serializer)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(plain, { minLength: 1, maxLength: 4 }), async (values) => {
        const key = `key-${values.length}`
        await storage.delete(key, { history: true })
        for (const value of values) await storage.save(key, value, { version: true })
        expect(await storage.load(key)).toEqual(values.at(-1))
        const versions = await storage.versions(key)
        for (const [index, { id, format }] of versions.entries()) {
          expect(await storage.load(key, { version: id })).toEqual(values[index])
          expect(format).toBe(serializer.fileExtension)
        }
        await storage.restore(key, versions[0]!.id)
        expect(await storage.load(key)).toEqual(values[0])
      }),
      { numRuns: 15 },
    )
    await storage.close()
  })

  test("counts up from every side at once", async () => {
    const storage = open(serializer)
    const add = (count: number) => count + 1
    await Promise.all(
      Array.from({ length: 20 }, () => storage.update("count", add, { default: 0 })),
    )
    expect(await storage.load("count")).toBe(20)
    await storage.close()
  })
})

test.each(storages)("values of all formats live side by side in %s", async (_, open) => {
  const storage = open(new JsonSerializer())
  storage.addFormats(...formats.map(([, serializer]) => serializer))
  for (const [name, serializer] of formats) await storage.save(name, { name }, { serializer })
  expect(await storage.list()).toEqual(formats.map(([name]) => name).toSorted())
  for (const [name, serializer] of formats) {
    expect(await storage.load(name)).toEqual({ name })
    expect((await storage.stat(name))?.format).toBe(serializer.fileExtension)
  }
  // One key passes through every format, and stays one key.
  for (const [name, serializer] of formats) await storage.save("one", { name }, { serializer })
  expect(await storage.load("one")).toEqual({ name: formats.at(-1)![0] })
  expect((await storage.list()).filter((key) => key.startsWith("one"))).toEqual(["one"])
  expect(await storage.delete("one")).toBe(true)
  expect(await storage.exists("one")).toBe(false)
  await storage.close()
})
