import { describe, expect, test } from "vitest"
import {
  JsonSerializer,
  PersistError,
  type SaveOptions,
  type StorageOptions,
} from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

async function failure(work: () => unknown): Promise<PersistError> {
  try {
    await work()
  } catch (error) {
    if (PersistError.is(error)) return error
    throw error
  }
  throw new Error("nothing was thrown")
}

describe("options of operations", () => {
  const storage = new MemoryStorage()

  test.each([
    ["version", "yes"],
    ["backup", 1],
    ["serializer", {}],
    ["serializer", null],
    ["signal", {}],
    ["signal", "aborted"],
    ["ifRevision", 1],
    ["ttl", "soon"],
    ["ttl", null],
  ])("save refuses %s: %j, and says so", async (name, value) => {
    const error = await failure(() => storage.save("key", 1, { [name]: value } as SaveOptions))
    expect(error.code).toBe("ERR_PERSIST_INVALID_OPTION")
    expect(error.message).toContain(name)
    expect(await storage.exists("key")).toBe(false)
  })

  test.each([undefined, null, 5, 5n, Symbol("id"), {}])(
    "restore refuses %o as an id",
    async (id) => {
      const error = await failure(() => storage.restore("key", id as string))
      expect(error.code).toBe("ERR_PERSIST_INVALID_ARGUMENT")
      expect(error.message).toContain("give that of a version or backup")
    },
  )

  test("other operations refuse values of the wrong kind", async () => {
    const wrong = [
      () => storage.load("key", { version: 1 as never }),
      () => storage.loadSync("key", { serializer: "json" as never }),
      () => storage.delete("key", { history: "all" as never }),
      () => storage.delete("key", { ifRevision: null as never }),
      () => storage.list({ pattern: /a/ as never }),
      () => storage.entries({ pattern: 1 as never }),
      () => storage.update("key", () => 1, { timeout: "long" as never }),
      () => storage.update("key", () => 1, { backup: "yes" as never }),
      () => storage.restore("key", "id", { backup: 0 as never }),
      () => storage.watch({ signal: true as never }),
      () => storage.exists("key", { signal: 1 as never }),
    ]
    for (const call of wrong) {
      expect((await failure(call)).code).toBe("ERR_PERSIST_INVALID_OPTION")
    }
  })

  test.each(["constructor", "toString", "__proto__x", "Version", "version "])(
    "an unknown name %j is refused",
    async (name) => {
      const error = await failure(() => storage.save("key", 1, { [name]: true } as SaveOptions))
      expect(error.code).toBe("ERR_PERSIST_INVALID_OPTION")
      expect(error.message).toContain(name)
    },
  )

  test("names that an options object inherits count too", async () => {
    const inherited = Object.create({ versoin: true }) as SaveOptions
    expect((await failure(() => storage.save("key", 1, inherited))).message).toContain("versoin")
    class Options {
      readonly version = true
    }
    await storage.save("inherited", 1, new Options())
    expect(await storage.versions("inherited")).toHaveLength(1)
  })

  test("frozen options, options without a prototype and undefined values are fine", async () => {
    await storage.save("frozen", 1, Object.freeze({ version: true, signal: undefined }))
    await storage.save("bare", 2, Object.assign(Object.create(null), { backup: true }))
    expect([await storage.load("frozen"), await storage.load("bare")]).toEqual([1, 2])
  })

  test("a change that is no function is refused before anything is read", async () => {
    const error = await failure(() => storage.update("key", "next" as never))
    expect(error.code).toBe("ERR_PERSIST_INVALID_ARGUMENT")
  })

  test("a ttl beyond every date is never", async () => {
    for (const ttl of [Number.POSITIVE_INFINITY, 1e17] as const) {
      expect((await storage.save("for ever", 1, { ttl })).expiresAt).toBeUndefined()
    }
  })

  test("an empty key to watch is no key, rather than every key", async () => {
    expect((await failure(() => storage.watch({ key: "" }))).code).toBe("ERR_PERSIST_INVALID_KEY")
  })
})

describe("options of a storage", () => {
  test.each(["", "json", ".", "../json", "./json", ".a/b", ".a\\b", ".a\0", 1, undefined])(
    "refuses a serializer whose extension is %j",
    (fileExtension) => {
      const serializer = Object.assign(Object.create(new JsonSerializer()), { fileExtension })
      expect(() => new MemoryStorage({ serializer })).toThrow("fileExtension")
      expect(() => new MemoryStorage().addFormats(serializer)).toThrow(PersistError)
    },
  )

  test("refuses formats that are none", () => {
    expect(() => new MemoryStorage().addFormats({} as JsonSerializer)).toThrow(PersistError)
  })

  test.each([
    { serializer: {} },
    { serializer: "json" },
    { serializers: [{}] },
    { serializers: {} },
    { logger: 1 },
    { logger: { warn: "text" } },
    { clock: 5 },
  ])("refuses %j", (options) => {
    const open = () => new MemoryStorage(options as unknown as StorageOptions)
    expect(open).toThrow(Object.keys(options)[0])
    expect(open).toThrow(PersistError)
  })
})

describe("the clock of a storage", () => {
  test("may tell fractions of a millisecond, which no backend sees", async () => {
    let now = 1_000.75
    const storage = new MemoryStorage({ clock: () => now })
    const saved = await storage.save("key", 1, { ttl: 500.5, version: true })
    expect(saved.savedAt.getTime()).toBe(1_000)
    expect(saved.expiresAt?.getTime()).toBe(1_500)
    now = 1_499.9
    expect(await storage.load("key")).toBe(1)
    now = 1_500.1
    expect(await storage.load("key")).toBe(undefined)
  })

  test.each([Number.NaN, Infinity, 8.65e15, "now", new Date(0), 5n, undefined])(
    "is refused when it tells %o",
    async (told) => {
      const storage = new MemoryStorage({ clock: () => told as number })
      const error = await failure(() => storage.save("key", 1, { ttl: 500 }))
      expect(error.code).toBe("ERR_PERSIST_INVALID_OPTION")
      expect(error.message).toMatch(/clock returned /)
    },
  )
})

test("a serializer whose decode is asynchronous is refused, and its bytes count as whole", async () => {
  class Late extends JsonSerializer {
    override readonly fileExtension: string = ".late"
    override decode(bytes: Uint8Array): unknown {
      return Promise.reject(new Error(`${bytes.length} bytes`))
    }
  }
  const storage = new MemoryStorage({ serializer: new Late() })
  await storage.save("key", 1)
  const error = await failure(() => storage.load("key", { default: 2 }))
  expect(error.code).toBe("ERR_PERSIST_INVALID_ARGUMENT")
  expect(error.message).toContain("Late.decode returned a promise; return the value itself.")
  expect(storage.disk.damaged).toEqual([])
})
