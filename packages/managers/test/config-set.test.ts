import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const fileWith = (text: string, name = "app.json") => {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, text)
  return path
}

const schema = z.object({
  server: z.object({ port: z.number().default(80) }),
  debug: z.boolean().default(false),
  zip: z.string().optional(),
})

describe("Config.set", () => {
  const later = async (turns: number) => {
    for (let turn = 0; turn < turns; turn++) await new Promise((go) => setImmediate(go))
  }

  test("sets and deletes in one file, and touches nothing else", async () => {
    const text = '{\n  // port\n  "server": { "port": 3 } // end\n}\n'
    const [project, user] = [fileWith(text, "app.jsonc"), fileWith("debug = true\n", "user.toml")]
    const config = await openConfig({ schema, user, project })
    await config.set("server.port", 4)
    expect(readFileSync(project, "utf8")).toBe(text.replace("3", "4"))
    expect(config.get("server.port")).toBe(4)
    await config.set("zip", "1", "user")
    expect(readFileSync(user, "utf8")).toBe('debug = true\nzip = "1"\n')
    await expect(config.set("server.port", "x" as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
    })
    writeFileSync(project, text.replace("port", "by hand"))
    await config.delete("server.port")
    expect(readFileSync(project, "utf8")).toBe(
      text.replace("port", "by hand").replace('{ "port": 3 }', "{}"),
    )
    expect(config.get("server.port")).toBe(80)
  })

  test("puts no object in the place of a list that another layer has", async () => {
    const defaults = { list: [1, { a: [2] }], o: {} }
    const project = fileWith("{}\n")
    const config = await openConfig<Record<string, unknown>>({ project, defaults })
    for (const path of ["list.0", "list.2", "list.one", "list.1.a.0", "list.1.b"]) {
      await expect(config.set(path, 3)).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_ARGUMENT",
        message: expect.stringContaining('"list"'),
      })
      await config.delete(path)
    }
    expect(readFileSync(project, "utf8")).toBe("{}\n")
    await config.set("o.0", 1)
    await config.set("list", [1, 2])
    await config.set("list.1", 3)
    expect(config.value).toEqual({ list: [1, 3], o: { 0: 1 } })
  })

  test("sets below objects of other layers that the schema makes a list of", async () => {
    const project = fileWith("{}\n")
    const servers = z.record(z.string(), z.object({ port: z.number() }))
    const list = z.object({ servers: servers.transform((all) => Object.values(all)) })
    const defaults = { servers: { a: { port: 1 } } }
    const config = await openConfig<Record<string, unknown>>({ project, defaults, schema: list })
    await config.set("servers.b", { port: 2 })
    expect(config.value).toEqual({ servers: [{ port: 1 }, { port: 2 }] })
    expect(JSON.parse(readFileSync(project, "utf8"))).toEqual({ servers: { b: { port: 2 } } })
  })

  test("sets and deletes in lists, item by item", async () => {
    const text =
      "list:\n  - name: a # one\n    x: 1\n  - name: a # two\n    x: 1\n  - name: a # three\n    x: 1\n"
    const project = fileWith(text, "app.yaml")
    const config = await openConfig<Record<string, unknown>>({ project })
    await config.set("list.1.name", "b")
    expect(readFileSync(project, "utf8")).toBe(text.replace("a # two", "b # two"))
    await config.set("list.1.name", "a")
    await config.delete("list.1")
    expect(config.get("list")).toEqual([
      { name: "a", x: 1 },
      { name: "a", x: 1 },
    ])
    expect(readFileSync(project, "utf8")).toBe(text.replace("  - name: a # two\n    x: 1\n", ""))
    await config.set("list.2", "c")
    await config.delete("list.0.x")
    expect(config.get("list")).toEqual([{ name: "a" }, { name: "a", x: 1 }, "c"])
  })

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

  test("a secret's file is never there for others, not for a moment", async () => {
    const project = join(temporaryDirectory(), "new", "app.json")
    const config = await openConfig<{ token?: string }>({ project, secrets: ["token"] })
    await config.set("token", "x")
    expect(statSync(project).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(project, "utf8"))).toEqual({ token: "x" })
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
