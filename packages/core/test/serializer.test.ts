import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { BytesSerializer } from "../src/conformance/bytes-serializer.ts"
import { JsonSerializer, Serializer } from "../src/index.ts"
import { encodedBy } from "../src/values/index.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "persist-core-"))
})
afterEach(() => rm(folder, { recursive: true }))

/** As a newcomer would write it: no PersistError anywhere. */
class Naive extends Serializer {
  readonly fileExtension = ".naive"
  encode(value: unknown): Uint8Array {
    return Buffer.from(JSON.stringify(value))
  }
  decode(bytes: Uint8Array): unknown {
    return JSON.parse(Buffer.from(bytes).toString())
  }
}

describe.each([
  ["JsonSerializer", new JsonSerializer()],
  ["a naive serializer", new Naive()],
] as const)("serialize and deserialize of %s", (_, serializer) => {
  test("keep a value in a file, named by path or URL", async () => {
    const path = join(folder, "a file")
    await serializer.serialize({ a: [1] }, path)
    expect(await serializer.deserialize(pathToFileURL(path))).toEqual({ a: [1] })
    await serializer.serialize(2, pathToFileURL(path))
    expect(await serializer.deserialize(path)).toBe(2)
  })

  test("leave the file when the value cannot be encoded", async () => {
    const path = join(folder, "file")
    await serializer.serialize("before", path)
    const failing = serializer.serialize(1n, path)
    await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" })
    expect(await serializer.deserialize(path)).toBe("before")
    expect(await readdir(folder)).toEqual(["file"])
  })

  test("say which file is damaged, and leave it", async () => {
    const path = join(folder, "file")
    await writeFile(path, "{")
    const failing = serializer.deserialize(path)
    await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_DECODE", path })
    await expect(failing).rejects.toThrow(path)
    expect(await readFile(path, "utf8")).toBe("{")
  })
})

test.each([
  ["an error", new Error("because"), "because"],
  ["a string", "because", "because"],
  ["nothing", undefined, "it threw undefined"],
  ["an object that is no text", Object.create(null), "it threw an object"],
])("a serializer that throws %s is told of with its reason", async (_name, thrown, reason) => {
  class Throwing extends Naive {
    override encode(): Uint8Array {
      throw thrown
    }
    override decode(): unknown {
      throw thrown
    }
  }
  const path = join(folder, "file")
  const failing = new Throwing().serialize(1, path)
  await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", cause: thrown })
  await expect(failing).rejects.toThrow(reason)
  await new JsonSerializer().serialize(1, path)
  const damaged = new Throwing().deserialize(path)
  await expect(damaged).rejects.toMatchObject({ code: "ERR_PERSIST_DECODE" })
  await expect(damaged).rejects.toThrow(reason)
})

test("a serializer whose stack ended is not told of as if the value were at fault", async () => {
  const thrown = new RangeError("Maximum call stack size exceeded")
  class Deep extends Naive {
    override encode(): Uint8Array {
      throw thrown
    }
  }
  const failing = new Deep().serialize(1, join(folder, "file"))
  await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_LIMIT", cause: thrown })
  expect(await readdir(folder)).toEqual([])
})

test("an error that names itself as its cause is told as what it is", async () => {
  const thrown = new Error("a ring")
  thrown.cause = new Error("of causes", { cause: thrown })
  class Ring extends Naive {
    override encode(): Uint8Array {
      throw thrown
    }
  }
  const failing = new Ring().serialize(1, join(folder, "file"))
  await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", cause: thrown })
})

test.each([
  ["text", "text"],
  ["a promise", Promise.resolve(new Uint8Array(1))],
  ["wider numbers", new Uint16Array(2)],
  ["a DataView", new DataView(new ArrayBuffer(2))],
])("a serializer that encodes to %s is refused", async (_name, encoded) => {
  class Wrong extends Naive {
    override encode(): Uint8Array {
      return encoded as never
    }
  }
  const failing = new Wrong().serialize(1, join(folder, "file"))
  await expect(failing).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" })
  await expect(failing).rejects.toThrow("Wrong.encode returned")
  expect(await readdir(folder)).toEqual([])
})

test("the failure of a serializer that encodes in its own time ends nothing", async () => {
  class Late extends Naive {
    override encode(): Uint8Array {
      return Promise.reject(new Error("unseen")) as never
    }
  }
  const failing = new Late().serialize(1, join(folder, "file"))
  await expect(failing).rejects.toThrow("is an await missing?")
})

describe("serialize and deserialize", () => {
  const json = new JsonSerializer()

  test("tell a missing file from one that cannot be read", async () => {
    const missing = json.deserialize(join(folder, "missing"))
    await expect(missing).rejects.toMatchObject({
      code: "ERR_PERSIST_NOT_FOUND",
      cause: { code: "ENOENT" },
    })
    await expect(json.deserialize(folder)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: { code: "EISDIR" },
      path: folder,
    })
  })

  test("do nothing for a signal that is aborted", async () => {
    const path = join(folder, "file")
    const signal = AbortSignal.abort("enough")
    const aborted = { code: "ERR_PERSIST_ABORTED", cause: "enough" }
    await expect(json.serialize(1, path, { signal })).rejects.toMatchObject(aborted)
    expect(await readdir(folder)).toEqual([])
    await json.serialize(1, path)
    await expect(json.deserialize(path, { signal })).rejects.toMatchObject(aborted)
  })

  test("refuse what is no path", async () => {
    const refused = { code: "ERR_PERSIST_INVALID_ARGUMENT" }
    const wrong = [undefined, "", "a\0b", 7, new URL("https://host/a"), Object.create(null)]
    for (const path of wrong as string[]) {
      await expect(json.serialize(1, path)).rejects.toMatchObject(refused)
      await expect(json.deserialize(path)).rejects.toMatchObject(refused)
    }
  })

  test("refuse unknown options", async () => {
    const wrong = { durable: true } as object
    const refused = { code: "ERR_PERSIST_INVALID_OPTION" }
    await expect(json.serialize(1, join(folder, "a"), wrong)).rejects.toMatchObject(refused)
    await expect(json.deserialize(join(folder, "a"), wrong)).rejects.toMatchObject(refused)
    expect(await readdir(folder)).toEqual([])
  })
})

test("the bytes of the serializer inside a layer are given without a copy", () => {
  const bytes = new Uint8Array(9)
  expect(encodedBy(new BytesSerializer(), bytes)).toBe(bytes)
})
