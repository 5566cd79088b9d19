import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { z } from "zod"
import { type Config, type ConfigEvent, ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const fileWith = (text: string, name = "app.json") => {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, text)
  return path
}

describe("openConfig", () => {
  test("reads variables by a schema in which some types have no JSON form", async () => {
    const schema = z.object({
      port: z.number().default(80),
      size: z.union([z.number(), z.string()]).optional(),
      since: z.date().optional(),
    })
    const source = { A_PORT: "81", A_SIZE: "7" }
    const config = await openConfig({ schema, environment: { prefix: "A_", source } })
    expect(config.value).toEqual({ port: 81, size: 7 })
  })

  test("leaves a key named _version alone where there are no versions", async () => {
    const project = fileWith('{ "_version": "1.2", "a": 1 }')
    expect((await openConfig({ project })).value).toEqual({ _version: "1.2", a: 1 })
  })

  test("counts columns as editors do, behind a byte order mark too", async () => {
    const config = await openConfig({ project: fileWith('\uFEFF{ "a": 1,\n "b": 2 }') })
    expect(config.explain("a")).toMatchObject({ line: 1, column: 3 })
    expect(config.explain("b")).toMatchObject({ line: 2, column: 2 })
  })

  test("keeps a copy at every upgrade, whatever copies are there", async () => {
    const project = fileWith('{ "a": 1 }')
    const upgrade = () =>
      openConfig({ project, version: 1, migrate: { 1: (old) => ({ ...(old as object), b: 1 }) } })
    await upgrade()
    writeFileSync(project, '{ "a": 2 }')
    await upgrade()
    writeFileSync(project, '{ "a": 2 }')
    await upgrade()
    expect(readFileSync(`${project}.v0.bak`, "utf8")).toBe('{ "a": 1 }')
    expect(readFileSync(`${project}.v0.2.bak`, "utf8")).toBe('{ "a": 2 }')
    expect(readdirSync(join(project, ".."))).toHaveLength(3)
  })

  test("a secret's file is never there for others, not for a moment", async () => {
    const project = join(temporaryDirectory(), "new", "app.json")
    const config = await openConfig<{ token?: string }>({ project, secrets: ["token"] })
    await config.set("token", "x")
    expect(statSync(project).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(project, "utf8"))).toEqual({ token: "x" })
  })

  test("tells of a change of what is no plain object, and of what is named as every object's own", async () => {
    const project = fileWith('{ "since": "2020-01-01" }')
    const schema = z.looseObject({ since: z.coerce.date() })
    const config = await openConfig({ project, schema })
    writeFileSync(project, '{ "since": "2021-01-01", "constructor": 1 }')
    expect(await config.reload()).toEqual([
      { path: "since", before: new Date("2020-01-01"), after: new Date("2021-01-01") },
      { path: "constructor", before: undefined, after: 1 },
    ])
  })

  test("sets what was given at the call, whatever becomes of it before it is written", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory })
    const config = await configs.open<{ set?: object; other?: object }>("app")
    const value = { list: [{ a: 1 }], gone: undefined as undefined | number }
    const work = [config.set("set", value), configs.updateConfig("app", { other: value })]
    value.list[0]!.a = 2
    value.list.push({ a: 3 })
    value.gone = 4
    await Promise.all(work)
    const meant = { list: [{ a: 1 }] }
    expect(await configs.loadConfig("app")).toEqual({ set: meant, other: meant })
  })

  test("says what to give when there is no file to write to", async () => {
    const config = await openConfig<{ a: number }>({ defaults: { a: 1 } })
    await expect(config.set("a", 2)).rejects.toThrow(/"project"/)
    expect(() => config.watch({ sgnal: 1 } as object)).toThrow(/sgnal/)
  })
})

describe("Config.delete", () => {
  test.each([
    "none",
    "none.deep",
    "x.deep",
    "list.length",
    "list.9",
    "list.one",
    "list.",
    "o.none",
  ])("of %s, which is not there, changes nothing", async (path) => {
    const text = '{"x":5, "list": [1, 2], "o": {} }'
    const project = fileWith(text)
    const before = statSync(project)
    const config = await openConfig<Record<string, unknown>>({ project })
    await config.delete(path)
    expect(readFileSync(project, "utf8")).toBe(text)
    expect(statSync(project).ino).toBe(before.ino)
    expect(config.get(path)).toBeUndefined()
    const missing = join(temporaryDirectory(), "app.json")
    await (await openConfig<Record<string, unknown>>({ project: missing })).delete(path)
    expect(existsSync(missing)).toBe(false)
  })

  test("takes an item out of a list; set puts one at its end, and none beyond", async () => {
    const project = fileWith('{ "list": [1, 2, 3] }')
    const config = await openConfig<Record<string, unknown>>({ project })
    await config.delete("list.1")
    await config.set("list.2", 4)
    for (const path of ["list.5", "list.one", "list.length", "list.01"]) {
      await expect(config.set(path, 1)).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_ARGUMENT",
      })
    }
    expect(readFileSync(project, "utf8")).toBe('{ "list": [1, 3, 4] }')
  })
})

describe("Config.set", { timeout: 30_000 }, () => {
  const later = async (turns: number) => {
    for (let turn = 0; turn < turns; turn++) await new Promise((go) => setImmediate(go))
  }

  test("keeps what somebody writes by hand while the new text is on its way to the disk", async () => {
    const project = fileWith("{}")
    const config = await openConfig<Record<string, unknown>>({ project })
    for (let round = 0; round < 40; round++) {
      const setting = config.set(`set${round}`, round)
      await later(round % 5)
      const text = readFileSync(project, "utf8")
      writeFileSync(project, JSON.stringify({ ...JSON.parse(text), [`hand${round}`]: round }))
      await setting
      const now = JSON.parse(readFileSync(project, "utf8"))
      expect(now).toMatchObject({ [`set${round}`]: round, [`hand${round}`]: round })
    }
  })

  test("keeps what a manager changes in the same file meanwhile", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory })
    await configs.saveConfig("app", {})
    const project = join(directory, "configs/app.json")
    const config = await openConfig<Record<string, unknown>>({ project })
    for (let round = 0; round < 40; round++) {
      const setting = config.set(`set${round}`, round)
      await later(round % 5)
      await Promise.all([setting, configs.updateConfig("app", { [`managed${round}`]: round })])
    }
    expect(Object.keys((await configs.loadConfig("app"))!)).toHaveLength(80)
  })
})

describe("Config.watch", { timeout: 30_000 }, () => {
  const watching = (config: { readonly watch: Config["watch"] }) => {
    const controller = new AbortController()
    onTestFinished(() => controller.abort())
    const events = config.watch({ signal: controller.signal })[Symbol.asyncIterator]()
    return async () => (await events.next()).value as ConfigEvent
  }

  test("tells every watcher, and of what was found by reload or by set too", async () => {
    const project = fileWith('{ "n": 1 }')
    const config = await openConfig({ project })
    const nexts = [watching(config), watching(config)]
    const change = (n: number) => ({
      type: "change",
      changes: [{ path: "n", before: n - 1, after: n }],
    })
    writeFileSync(project, '{ "n": 2 }')
    for (const next of nexts) expect(await next()).toEqual(change(2))
    writeFileSync(project, '{ "n": 3 }')
    await config.reload()
    for (const next of nexts) expect(await next()).toEqual(change(3))
    writeFileSync(project, '{ "n": 4 }')
    await config.set("own", true)
    for (const next of nexts) expect(await next()).toEqual(change(4))
    expect(config.value).toEqual({ n: 4, own: true })
  })

  test("tells of an edit once, however long its check takes", async () => {
    const project = fileWith('{ "n": 1 }')
    const checks: (() => void)[] = []
    const validate = async (value: unknown) => {
      if ((value as { n: number }).n > 1) await new Promise<void>((done) => checks.push(done))
      return { value: value as object }
    }
    const schema = { "~standard": { version: 1 as const, vendor: "test", validate } }
    const config = await openConfig({ project, schema })
    const next = watching(config)
    writeFileSync(project, '{ "n": 2 }')
    const isChecking = () => vi.waitFor(() => expect(checks).toHaveLength(1), 10_000)
    await isChecking()
    writeFileSync(project, '{ "n": 3 }')
    // A second look while the first still checks.
    const reloading = config.reload()
    checks.shift()!()
    expect(await next()).toMatchObject({ changes: [{ path: "n", after: 2 }] })
    await isChecking()
    checks.shift()!()
    await reloading
    expect(await next()).toMatchObject({ changes: [{ path: "n", before: 2, after: 3 }] })
  })
})

describe("ConfigManager", () => {
  test.each(["json", "jsonc", "yaml", "toml"] as const)(
    "says that %s cannot hold a value, and where, in a new file and in an old one",
    async (format) => {
      await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
      const wrong = { deep: { name: format === "toml" ? null : new Map() } }
      const refusal = { code: "ERR_PERSIST_ENCODE", message: expect.stringMatching(/deep.name/) }
      await expect(configs.saveConfig("new", wrong)).rejects.toMatchObject(refusal)
      await configs.saveConfig("old", { deep: { a: 1 } })
      await expect(configs.updateConfig("old", wrong)).rejects.toMatchObject(refusal)
      expect(await configs.loadConfig("old")).toEqual({ deep: { a: 1 } })
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

  test("leaves alone what is no file of a configuration", async () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, "configs/folder.json"), { recursive: true })
    await using configs = new ConfigManager({ directory })
    expect(await configs.listConfigs()).toEqual([])
  })
})
