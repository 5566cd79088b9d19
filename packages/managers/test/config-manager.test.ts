import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test, vi } from "vitest"
import { ConfigManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const sample = {
  name: "app",
  server: { port: 8080, hosts: ["a", "b"], tls: { enabled: true, ratio: 0.5 } },
  users: [{ name: "ann", "odd key": "x\ty\"'" }, { name: "bob" }],
  empty: {},
  none: [],
}

describe.each(["json", "jsonc", "yaml", "toml"] as const)("ConfigManager in %s", (format) => {
  test("saves and loads", async () => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
    await configs.saveConfig("app", sample)
    expect(await configs.loadConfig("app")).toEqual(sample)
    expect(await configs.listConfigs()).toEqual(["app"])
    expect(await configs.configExists("app")).toBe(true)
    expect(configs.loadConfigSync("app")).toEqual(sample)
    expect(() => configs.loadConfigSync("app", { signal: AbortSignal.abort("enough") })).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_ABORTED", cause: "enough" }),
    )
    expect(await configs.deleteConfig("app")).toBe(true)
    expect(await configs.loadConfig("app")).toBeUndefined()
    expect(await configs.loadConfig("app", { default: { a: 1 } })).toEqual({ a: 1 })
  })

  test("merges deeply, or shallowly on request", async () => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
    await configs.saveConfig("app", sample)
    const deep = await configs.updateConfig("app", {
      server: { port: 9090, hosts: ["c"], tls: undefined },
      added: { x: 1 },
    })
    const expected = { ...sample, server: { port: 9090, hosts: ["c"] }, added: { x: 1 } }
    expect(deep).toEqual(expected)
    expect(await configs.loadConfig("app")).toEqual(expected)
    await configs.updateConfig("app", { server: { port: 1 } }, { merge: "shallow" })
    expect(await configs.loadConfig("app")).toEqual({ ...expected, server: { port: 1 } })
  })

  test("creates what is missing unless told not to", async () => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
    await expect(
      configs.updateConfig("app", { a: 1 }, { createIfMissing: false }),
    ).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_FOUND" })
    expect(await configs.updateConfig("app", { a: { b: 1 } })).toEqual({ a: { b: 1 } })
    expect(await configs.loadConfig("app")).toEqual({ a: { b: 1 } })
  })

  test("refuses a file that cannot be read, with its place, and leaves it alone", async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, "configs"))
    const path = join(directory, `configs/app.${format}`)
    const broken = {
      json: '{\n "a": }',
      jsonc: '{\n "a": }',
      yaml: 'a: 1\nb: "x',
      toml: "a = 1\nb =",
    }
    writeFileSync(path, broken[format])
    await using configs = new ConfigManager({ directory, format })
    const refused = { code: "ERR_PERSIST_DECODE", path, details: { line: 2 } }
    await expect(configs.loadConfig("app", { default: {} })).rejects.toMatchObject(refused)
    await expect(configs.updateConfig("app", { a: 1 })).rejects.toMatchObject(refused)
    expect(readFileSync(path, "utf8")).toBe(broken[format])
  })

  test("loses no update between writers", async () => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
    const names = Array.from({ length: 12 }, (_, index) => `key${index}`)
    await Promise.all(names.map((name) => configs.updateConfig("app", { [name]: 1 })))
    expect(Object.keys((await configs.loadConfig("app"))!).sort()).toEqual(names.toSorted())
  })
})

test("ConfigManager finds a configuration in whatever format it is, and keeps that format", async () => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, "configs"))
  writeFileSync(join(directory, "configs/app.yml"), "a: 1\n")
  await using configs = new ConfigManager({ directory, format: "json" })
  expect(await configs.loadConfig("app")).toEqual({ a: 1 })
  await configs.updateConfig("app", { b: 2 })
  expect(readFileSync(join(directory, "configs/app.yml"), "utf8")).toBe("a: 1\nb: 2\n")
})

test("ConfigManager changes single values of a JSON file that it knows as well as of one that it does not", async () => {
  const directory = temporaryDirectory()
  const path = join(directory, "configs/app.json")
  await using configs = new ConfigManager({ directory })
  const text = '{\n  "a" : 1, "b": { "\\u0063": [1,2], "d": "x" },\n  "e": {}\n}'
  mkdirSync(join(directory, "configs"))
  writeFileSync(path, text)
  const updates = [
    [{ a: 2 }, text.replace("1,", "2,")],
    [{ a: 3, b: { d: "y" } }, text.replace("1,", "3,").replace('"x"', '"y"')],
    [{ a: 1, b: { d: "x" } }, text],
    [{ b: { c: [1, 2, 3] } }, text.replace("[1,2]", "[1,2,3]")],
    [{ b: { c: [1, 2] } }, text],
    [{ e: 5 }, text.replace("{}", "5")],
  ] as const
  for (const [change, expected] of updates) {
    const result = await configs.updateConfig("app", change)
    expect(readFileSync(path, "utf8")).toBe(expected)
    expect(result).toEqual(JSON.parse(expected))
  }
  writeFileSync(path, '{ "a": 1, "by hand": true }')
  expect(await configs.updateConfig("app", { a: 4 })).toEqual({ a: 4, "by hand": true })
  writeFileSync(path, '{ "a": 1, }')
  await expect(configs.updateConfig("app", { a: 5 })).rejects.toMatchObject({
    code: "ERR_PERSIST_DECODE",
  })
})

describe("ConfigManager", () => {
  test.each([
    ["json", new Map(), 5n],
    ["jsonc", new Map(), Number.NaN],
    ["yaml", new Map(), Symbol("s")],
    ["toml", null, "\ud800"],
  ] as const)(
    "says that %s cannot hold a value, and where, in a new file and in an old one",
    async (format, ...values) => {
      await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
      await configs.saveConfig("old", { deep: { a: 1, name: 1 } })
      for (const value of values) {
        const wrong = { deep: { name: value, list: [1, value] } }
        const refusal = { code: "ERR_PERSIST_ENCODE", message: expect.stringMatching(/deep.name/) }
        await expect(configs.saveConfig("new", wrong)).rejects.toMatchObject(refusal)
        await expect(configs.updateConfig("old", wrong)).rejects.toMatchObject(refusal)
        const inList = { deep: { other: [1, value] } }
        await expect(configs.updateConfig("old", inList)).rejects.toThrow(/deep.other.1/)
      }
      expect(await configs.loadConfig("old")).toEqual({ deep: { a: 1, name: 1 } })
    },
  )

  test.each(["MyApp", "é", "con", "x/y", "k".repeat(300)])(
    "opens a configuration of any name before it is there: %s",
    async (name) => {
      await using configs = new ConfigManager({ directory: temporaryDirectory() })
      const config = await configs.open(name)
      await config.set("a", 1)
      await config.set("b", 2)
      expect(await config.reload()).toEqual([])
      expect(config.value).toEqual({ a: 1, b: 2 })
      expect(await configs.loadConfig(name)).toEqual({ a: 1, b: 2 })
    },
  )

  test.each([false, true])(
    "never shows a secret's file to others, when it was there: %s",
    async (isThere) => {
      const directory = temporaryDirectory()
      await using configs = new ConfigManager({ directory })
      if (isThere) await configs.saveConfig("app", { a: 1 })
      const secretKeys = { current: "k", keys: { k: new Uint8Array(32).fill(1) } }
      const config = await configs.open("app", { secrets: ["token"], secretKeys })
      let isDone = false
      const set = config.set("token", "s3cret").finally(() => {
        isDone = true
      })
      const shown: number[] = []
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve))
        const { path } = (await configs.storage.stat("app", { subfolder: "configs" })) ?? {}
        if (path === undefined || !readFileSync(path, "utf8").includes("secret:v1")) continue
        shown.push(statSync(path).mode & 0o777)
      }
      await set
      expect(new Set(shown)).toEqual(new Set([0o600]))
    },
  )

  test("updates no file that holds no object, and touches none in which nothing changes", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory, format: "yaml" })
    const value = { a: 1, list: [{ b: 2 }], deep: { c: null } }
    await configs.saveConfig("app", value)
    const path = join(directory, "configs/app.yaml")
    const before = statSync(path)
    expect(await configs.updateConfig("app", { ...value, none: undefined })).toEqual(value)
    expect(statSync(path).ino).toBe(before.ino)
    writeFileSync(path, "- 1\n")
    await expect(configs.updateConfig("app", value)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
      message: expect.stringContaining("an array"),
    })
    expect(readFileSync(path, "utf8")).toBe("- 1\n")
  })

  test("opens layers in the files of a storage from another copy of its package", async () => {
    const copy = join(import.meta.dirname, "../../file/dist/bundle/index.js")
    const { FileStorage }: typeof import("@persist/file") = await import(copy)
    await using storage = new FileStorage({ directory: temporaryDirectory() })
    const config = await new ConfigManager({ storage }).open<{ a?: number }>("app")
    await config.set("a", 1)
    expect(await storage.exists("app", { subfolder: "configs" })).toBe(true)
  })

  test("makes many changes at once one after another, each of what the one before left", async () => {
    await using configs = new ConfigManager({ directory: temporaryDirectory() })
    const save = vi.spyOn(configs.storage, "save")
    const changes = Array.from({ length: 100 }, (_, index) =>
      configs.updateConfig("app", { [`key${index % 10}`]: index }),
    )
    const results = await Promise.all(changes)
    expect(save).toHaveBeenCalledTimes(100)
    expect(results[4]).toEqual({ key0: 0, key1: 1, key2: 2, key3: 3, key4: 4 })
    expect(results.at(-1)).toEqual(await configs.loadConfig("app"))
  })

  test("opens layers of which one that is none of its own files is written too", async () => {
    const directory = temporaryDirectory()
    const user = join(directory, "user.json")
    await using configs = new ConfigManager({ directory })
    const config = await configs.open<{ a: number }>("app", { user })
    await config.set("a", 1, "user")
    expect(readFileSync(user, "utf8")).toBe('{\n  "a": 1\n}\n')
    expect(await configs.configExists("app")).toBe(false)
  })

  test("leaves alone what is no file of a configuration", async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, "configs/folder.json"), { recursive: true })
    await using configs = new ConfigManager({ directory })
    expect(await configs.listConfigs()).toEqual([])
  })
})
