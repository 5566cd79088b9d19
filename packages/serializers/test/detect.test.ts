import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { JsonSerializer, type Serializer } from "@persist/core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  checksummed,
  compressed,
  detect,
  encrypted,
  MsgpackSerializer,
  PickleSerializer,
  YamlSerializer,
} from "../src/index.ts"

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "detect-"))
})
afterAll(() => rm(directory, { recursive: true }))

const keys = { a: new Uint8Array(32) }
const value = { name: "é", list: [1, 2.5, true, null], nested: { text: "two\nlines" } }
const serializers: Serializer[] = [
  new JsonSerializer(),
  new MsgpackSerializer(),
  new PickleSerializer(),
  new YamlSerializer(),
].flatMap((format) => [
  format,
  compressed(format),
  compressed(format, { algorithm: "gzip" }),
  checksummed(format),
  encrypted(compressed(format), { keys }),
  checksummed(encrypted(compressed(checksummed(format)), { keys })),
])

describe("detect", () => {
  test.each(serializers.map((serializer) => [serializer.fileExtension, serializer] as const))(
    "opens %s by its name, by its content, and under a wrong name",
    async (extension, serializer) => {
      const path = join(directory, `file${extension}`)
      await serializer.serialize(value, path)
      const bytes = serializer.encode(value)
      const misnamed = join(directory, `wrong${extension}.json`)
      await writeFile(misnamed, bytes)
      const options = { encrypted: { keys } }
      for (const source of [path, pathToFileURL(path), bytes]) {
        const found = await detect(source, options)
        expect(found.fileExtension).toBe(extension)
        expect(found.decode(bytes)).toEqual(value)
      }
      if (!extension.startsWith(".msgpack") && !extension.startsWith(".yaml"))
        expect((await detect(misnamed, options)).decode(bytes)).toEqual(value)
    },
  )

  test("knows Zstandard by a frame that is to be skipped, too, as parallel compressors begin with", async () => {
    const serializer = compressed(new MsgpackSerializer())
    for (const kind of [0x50, 0x5f]) {
      const skipped = [kind, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9]
      const bytes = Buffer.concat([Buffer.from(skipped), serializer.encode(value)])
      const found = await detect(bytes)
      expect(found.fileExtension).toBe(".msgpack.zst")
      expect(found.decode(bytes)).toEqual(value)
    }
  })

  test("brotli, which has no mark, is known by its name and by being brotli", async () => {
    for (const inner of serializers) {
      const serializer = compressed(inner, { algorithm: "brotli" })
      const path = join(directory, `a${serializer.fileExtension}`)
      await serializer.serialize(value, path)
      for (const source of [path, serializer.encode(value)]) {
        const found = await detect(source, { encrypted: { keys } })
        expect(found.fileExtension).toBe(serializer.fileExtension)
        expect(await found.deserialize(path)).toEqual(value)
      }
    }
    const locked = compressed(encrypted(new JsonSerializer(), { keys }), { algorithm: "brotli" })
    await expect(detect(locked.encode(value))).rejects.toMatchObject({
      code: "ERR_PERSIST_UNKNOWN_KEY",
    })
  })

  test("says what is missing", async () => {
    const locked = encrypted(new JsonSerializer(), { keys }).encode(value)
    await expect(detect(locked)).rejects.toMatchObject({ code: "ERR_PERSIST_UNKNOWN_KEY" })
    await expect(detect(join(directory, "none.json"))).rejects.toMatchObject({
      code: "ERR_PERSIST_NOT_FOUND",
    })
    await expect(detect(Uint8Array.of(0xc1, 0xff))).rejects.toMatchObject({
      code: "ERR_PERSIST_FORMAT",
    })
    await expect(detect("x.json", { clases: [] } as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_OPTION",
    })
  })
})
