import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { JsonSerializer, PersistError } from "@persist/core"
import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import { FileStorage, type FileStorageOptions } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

function open(options: FileStorageOptions = {}): FileStorage {
  return new FileStorage({
    directory: join(temporaryFolder(), "data"),
    durability: "none",
    ...options,
  })
}

describe("FileStorage", () => {
  test("creates nothing before the first save", async () => {
    const directory = join(temporaryFolder(), "data")
    const storage = new FileStorage({ directory })
    expect(await storage.load("a")).toBeUndefined()
    expect(await storage.list()).toEqual([])
    expect(await storage.delete("a")).toBe(false)
    expect(() => readdirSync(directory)).toThrow("ENOENT")
  })

  test("lays a value where people look for it", async () => {
    const storage = open()
    const entry = await storage.save("states/game1", { level: 3 })
    expect(entry.path).toBe(join(storage.directory, "states", "game1.json"))
    expect(JSON.parse(readFileSync(entry.path!, "utf8"))).toEqual({ level: 3 })
  })

  test("loads and lists files that somebody else put there", async () => {
    const storage = open()
    mkdirSync(join(storage.directory, "states"), { recursive: true })
    writeFileSync(join(storage.directory, "states", "game1.json"), '{"level": 3}')
    writeFileSync(join(storage.directory, "states", "MySave.json"), '{"level": 4}')
    writeFileSync(join(storage.directory, "states", "game.v1.json"), '{"level": 5}')
    expect(await storage.list({ subfolder: "states" })).toEqual(["MySave", "game.v1", "game1"])
    expect(await storage.load("states/game1")).toEqual({ level: 3 })
    expect(await storage.load("states/MySave")).toEqual({ level: 4 })
    expect(await storage.load("game.v1", { subfolder: "states" })).toEqual({ level: 5 })
    await storage.save("states/MySave", { level: 6 })
    expect(
      JSON.parse(readFileSync(join(storage.directory, "states", "MySave.json"), "utf8")),
    ).toEqual({ level: 6 })
    expect(await storage.list({ subfolder: "states" })).toEqual(["MySave", "game.v1", "game1"])
    // Where case is folded, it is the same file.
    const isFolded = existsSync(join(storage.directory, "states", "mysave.json"))
    expect(await storage.load("states/mysave")).toEqual(isFolded ? { level: 6 } : undefined)
  })

  test("joins folders by hand with its own, and saves where the value is", async () => {
    const storage = open()
    mkdirSync(join(storage.directory, "MyGame"), { recursive: true })
    writeFileSync(join(storage.directory, "MyGame", "old.json"), "1")
    await storage.save("MyGame/new", 2)
    await storage.save("old", 3, { subfolder: "MyGame" })
    expect(await storage.list({ subfolder: "MyGame" })).toEqual(["new", "old"])
    expect(await storage.list()).toEqual(["MyGame/new", "MyGame/old"])
    expect(readFileSync(join(storage.directory, "MyGame", "old.json"), "utf8").trim()).toBe("3")
    expect((await storage.stat("MyGame/new"))?.path).toBe(
      join(storage.directory, "MyGame+5", "new.json"),
    )
    expect(await storage.listFiles({ subfolder: "MyGame" })).toHaveLength(2)
    expect(await storage.delete("MyGame/old")).toBe(true)
    expect(await storage.list()).toEqual(["MyGame/new"])
  })

  test("takes no hidden file of another program for a value", async () => {
    const storage = open()
    await storage.save(".hidden", 1)
    for (const name of ["._game.json", ".git/config.json", "sub/.vscode/settings.json"]) {
      mkdirSync(join(storage.directory, name, ".."), { recursive: true })
      writeFileSync(join(storage.directory, name), "{}")
    }
    expect(await storage.list()).toEqual([".hidden"])
    expect(await storage.load("._game")).toBeUndefined()
    expect((await storage.verify()).files).toBe(1)
  })

  test("keeps every key apart and lists it as it was given", async () => {
    const hostile = [
      "a",
      "A",
      "a/b",
      "a/b/c",
      "a.json",
      "a.json/b",
      "con",
      "NUL.txt",
      "a:b",
      "a\\b",
      "a*?",
      "trailing.",
      "trailing ",
      " leading",
      ".hidden",
      ".persist",
      ".PERSIST/x",
      "+long",
      "+long/x",
      "%41",
      "MySave",
      "MySave+5",
      "mysave",
      "é",
      "e\u0301",
      "😀",
      "\ud800",
      "x".repeat(1000),
      `${"x".repeat(999)}y`,
      "Ü".repeat(300),
      `${"a/".repeat(900)}z`,
      "versions",
      "line\nbreak",
      "~",
      "$(x)",
      "-rf",
      "__proto__",
    ]
    const storage = open()
    for (const key of hostile) await storage.save(key, { key })
    for (const key of hostile) expect(await storage.load(key)).toEqual({ key })
    expect(await storage.list()).toEqual(hostile.toSorted())
    for (const key of hostile) expect(await storage.delete(key)).toBe(true)
    expect(await storage.list()).toEqual([])
  })

  test("gives any key its own value and lists it", async () => {
    const segment = fc
      .string({ unit: "binary", minLength: 1, maxLength: 6 })
      .map((text) => text.replaceAll(/[/\0]/g, "x"))
      .filter((text) => !/^\.{1,2}$/.test(text))
    const key = fc
      .array(segment, { minLength: 1, maxLength: 3 })
      .map((segments) => segments.join("/"))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 8 }), async (keys) => {
        const storage = open()
        for (const one of keys) await storage.save(one, one.length)
        expect(await storage.list()).toEqual(keys.toSorted())
        for (const one of keys) expect(await storage.load(one)).toBe(one.length)
      }),
      { numRuns: 60 },
    )
  })

  test("says why a directory cannot be written, with the system's error as cause", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "file"), "")
    const storage = new FileStorage({ directory: join(folder, "file", "data") })
    const error = await storage.save("a", 1).catch((reason: unknown) => reason)
    expect(PersistError.is(error, "ERR_PERSIST_IO")).toBe(true)
    expect((error as { cause: { code: string } }).cause.code).toMatch(/^(ENOTDIR|EEXIST)$/)
  })

  test.runIf(process.platform === "linux")("says so where no folder can be made", async () => {
    const storage = new FileStorage({ directory: "/proc/persist" })
    await expect(storage.save("a", 1)).rejects.toMatchObject({
      code: "ERR_PERSIST_IO",
      cause: { code: "ENOENT" },
    })
  })

  test("recovers a damaged value from its newest backup, and mends the file", async () => {
    const storage = open()
    await storage.save("a", { step: 1 })
    await storage.save("a", { step: 2 }, { backup: true })
    const { path } = (await storage.stat("a"))!
    writeFileSync(path!, '{"step": 2')
    const found = await storage.loadEntry("a")
    expect(found?.value).toEqual({ step: 1 })
    expect(found?.entry.recovered?.kind).toBe("backup")
    expect(JSON.parse(readFileSync(path!, "utf8"))).toEqual({ step: 1 })
  })

  test("loses no increment of many updates at once", async () => {
    const storage = open()
    const increment = (current: number) => current + 1
    await Promise.all(
      Array.from({ length: 50 }, () => storage.update("n", increment, { default: 0 })),
    )
    expect(await storage.load("n")).toBe(50)
  })

  test("gives the key to others when the signal ends an update whose change hangs", async () => {
    const storage = open()
    const other = new FileStorage({ directory: storage.directory })
    const controller = new AbortController()
    const hanging = storage.update<number>(
      "a",
      () => {
        setImmediate(() => controller.abort("enough"))
        return new Promise(() => {})
      },
      { default: 0, signal: controller.signal },
    )
    const next = other.update<number>("a", (current) => current + 1, { default: 0 })
    await expect(hanging).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
    expect(await next).toBe(1)
    await Promise.all([storage.close(), other.close()])
  })

  test("lets more updates than usual in when those that are in wait for them", async () => {
    const storage = open()
    const all = 300
    let begun = 0
    const everybody = Promise.withResolvers<void>()
    const signal = AbortSignal.timeout(20_000)
    const updates = Array.from({ length: all }, (_, index) =>
      storage.update(
        `key${index}`,
        async () => {
          if (++begun === all) everybody.resolve()
          await everybody.promise
          return index
        },
        { default: 0, signal },
      ),
    )
    // Who waits outside can be called off, and tries only as long as it was told to.
    const controller = new AbortController()
    const never = () => 0
    const aborted = storage.update("a", never, { default: 0, signal: controller.signal })
    const late = storage.update("a", never, { default: 0, timeout: 1 })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(await late).toBe(0)
    expect(await Promise.all(updates)).toEqual(Array.from({ length: all }, (_, index) => index))
  })

  test("names files and sizes as the original did", async () => {
    const storage = open()
    const { size } = await storage.save("a", { a: 1 }, { subfolder: "x" })
    await storage.save("b", 2, { subfolder: "x" })
    expect(await storage.listFiles({ subfolder: "x" })).toEqual([
      join(storage.directory, "x/a.json"),
      join(storage.directory, "x/b.json"),
    ])
    expect(await storage.listFiles({ subfolder: "x", pattern: "b*.json" })).toEqual([
      join(storage.directory, "x/b.json"),
    ])
    expect(await storage.getSize("a", { subfolder: "x" })).toBe(size)
    expect(await storage.getSize("c")).toBeUndefined()
  })

  test("tells where a value lies, and where it will", async () => {
    const storage = open()
    for (const key of ["a", "MyApp", "é", "con", "x/y", "k".repeat(300)]) {
      const path = await storage.pathOf(key, { subfolder: "s" })
      expect((await storage.save(key, 1, { subfolder: "s" })).path).toBe(path)
    }
    writeFileSync(join(storage.directory, "Hand.json"), "1")
    expect(await storage.pathOf("Hand")).toBe(join(storage.directory, "Hand.json"))
  })

  test("rejects options that it does not know", () => {
    // @ts-expect-error a misspelt option
    expect(() => new FileStorage({ directroy: "x" })).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
    expect(() => new FileStorage({ directory: "" })).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
    expect(() => new FileStorage({ app: "a/b" })).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
    expect(() => new FileStorage({ durability: "half" as "full" })).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_INVALID_OPTION" }),
    )
    expect(() => new FileStorage({ fileSystem: {} as never })).toThrow(/calls of FileSystem/)
  })

  test("refuses a format that no file can be told by, and goes on", async () => {
    class Odd extends JsonSerializer {
      override readonly fileExtension = "..json"
    }
    const refusal = { code: "ERR_PERSIST_INVALID_OPTION" }
    const serializer = new Odd()
    for (const options of [{ serializer }, { serializers: [serializer] }]) {
      expect(() => new FileStorage(options)).toThrow(expect.objectContaining(refusal))
    }
    const storage = open()
    await expect(storage.save("a", 1, { serializer })).rejects.toMatchObject(refusal)
    await expect(storage.saveStream("a", [], { serializer })).rejects.toMatchObject(refusal)
    expect(() => storage.saveSync("a", 1, { serializer })).toThrow(expect.objectContaining(refusal))
    await storage.save("a", 2)
    expect(await storage.load("a")).toBe(2)
    expect(storage.loadSync("a")).toBe(2)
    expect(await storage.list()).toEqual(["a"])
  })

  test.each([null, { patern: "*" }, { pattern: 1 }, { serializer: {} }, { signal: {} }])(
    "refuses to list files by %j",
    async (options) => {
      await expect(open().listFiles(options as never)).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_OPTION",
        message: expect.stringContaining("listFiles"),
      })
    },
  )
})

describe("FileStorage in a loop", () => {
  test("goes on under a clock that a test has stopped", async () => {
    vi.useFakeTimers()
    try {
      const storage = open()
      for (let index = 0; index < 300; index++) {
        await storage.save("a", index)
        await storage.update("a", (current) => current)
        expect(await storage.load("a")).toBe(index)
      }
      await storage.flush()
      await storage.close()
    } finally {
      vi.useRealTimers()
    }
  })

  test("lets timers run, though nothing waits for the disk", async () => {
    const storage = open()
    await storage.save("a", 1)
    for (const work of [
      () => storage.save("a", 1),
      () => storage.load("a"),
      () => storage.update("a", () => 1),
      () => storage.stat("a"),
      () => storage.versions("a"),
      () => storage.delete("b"),
    ]) {
      let isOver = false
      setTimeout(() => {
        isOver = true
      }, 1)
      const start = performance.now()
      while (!isOver && performance.now() - start < 5000) await work()
      expect(isOver).toBe(true)
    }
  })
})
