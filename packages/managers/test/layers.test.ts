import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, expectTypeOf, test } from "vitest"
import { z } from "zod"
import { ConfigManager, openConfig, openConfigSync } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const schema = z.object({
  server: z.object({
    port: z.number().int().default(80),
    host: z.string().default("localhost"),
    maxSize: z.number().optional(),
  }),
  tags: z.array(z.string()).default([]),
  zip: z.string().optional(),
  debug: z.boolean().default(false),
})

function files(contents: Record<string, string>): string {
  const directory = temporaryDirectory()
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(directory, name), text)
  return directory
}

describe("openConfig", () => {
  test("merges layers and explains every value", async () => {
    const directory = files({
      "system.toml": '# all\ntags = ["s"]\n[server]\nport = 1\nhost = "sys"\n',
      "user.yaml": "server:\n  port: 2 # mine\n",
      "project.jsonc": '{\n  // here\n  "server": { "port": 3 },\n  "tags": ["p"]\n}\n',
    })
    const config = await openConfig({
      schema,
      defaults: { zip: "00100" },
      system: join(directory, "system.toml"),
      user: join(directory, "user"),
      project: join(directory, "project"),
      environment: { prefix: "APP_", source: { APP_SERVER_MAX_SIZE: "5", APP_DEBUG: "on" } },
      overrides: { zip: "00200" },
    })
    expect(config.value).toEqual({
      server: { port: 3, host: "sys", maxSize: 5 },
      tags: ["p"],
      zip: "00200",
      debug: true,
    })
    expectTypeOf(config.get("server.port")).toEqualTypeOf<number>()
    expectTypeOf(config.get("server.maxSize")).toEqualTypeOf<number | undefined>()
    // @ts-expect-error: there is no such path
    expect(config.get("server.nothing")).toBeUndefined()
    const project = join(directory, "project.jsonc")
    expect(config.explain("server.port")).toEqual({
      path: "server.port",
      value: 3,
      layer: "project",
      file: project,
      line: 3,
      column: 15,
      hides: [
        { layer: "user", file: join(directory, "user.yaml"), line: 2, column: 3 },
        { layer: "system", file: join(directory, "system.toml"), line: 4, column: 1 },
      ],
    })
    expect(config.explain("server.maxSize")).toMatchObject({ variable: "APP_SERVER_MAX_SIZE" })
    expect(config.explain("zip")).toMatchObject({
      layer: "overrides",
      hides: [{ layer: "defaults" }],
    })
    const small = await openConfig({ schema, overrides: { server: {} } })
    expect(small.explain("server.host")).toMatchObject({ layer: "schema", value: "localhost" })
  })

  test("types environment variables by schema, default or declaration, never by their look", async () => {
    const source = {
      T_ZIP: "00123",
      T_VERSION: "1.10",
      T_LIMIT: "0",
      T_TAGS: "a, b",
      T_SERVER_PORT: "9",
    }
    const config = await openConfig({
      schema: schema.extend({ version: z.string(), limit: z.number() }),
      defaults: { server: {} },
      environment: { prefix: "T_", source },
    })
    expect(config.value).toMatchObject({
      zip: "00123",
      version: "1.10",
      limit: 0,
      tags: ["a", "b"],
      server: { port: 9 },
    })
    const bad = openConfig({ schema, environment: { prefix: "T_", source: { T_DEBUG: "maybe" } } })
    await expect(bad).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
      details: { variable: "T_DEBUG" },
    })
    const plain = await openConfig({
      defaults: { retries: 3, name: "x" },
      environment: {
        prefix: "T_",
        types: { extra: Number },
        source: { T_RETRIES: "5", T_NAME: "7", T_EXTRA: "1" },
      },
    })
    expect(plain.value).toEqual({ retries: 5, name: "7", extra: 1 })
  })

  test("reads .env files below the environment", async () => {
    const directory = files({ ".env": "# secret\nX_NAME=file\nX_MODE='a b'\n" })
    const config = await openConfig({
      defaults: { name: "", mode: "" },
      environment: { prefix: "X_", source: { X_NAME: "real" } },
      dotenv: [join(directory, ".env"), join(directory, ".env.missing")],
    })
    expect(config.value).toEqual({ name: "real", mode: "a b" })
  })

  test("says in which file, line and column a wrong value stands", async () => {
    const directory = files({ "app.yaml": "tags: []\nserver:\n  port: eighty\n" })
    const project = join(directory, "app.yaml")
    await expect(openConfig({ schema, project })).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
      message: expect.stringMatching(/\$\.server\.port: .*app\.yaml:3:3/),
    })
    writeFileSync(project, "server: {\n")
    await expect(openConfig({ schema, project })).rejects.toMatchObject({
      code: "ERR_PERSIST_DECODE",
      path: project,
    })
    expect(readFileSync(project, "utf8")).toBe("server: {\n")
  })

  test("follows policies: append, replace; null is a value, undefined says nothing", async () => {
    const defaults = { list: [{ n: 1 }], table: { a: 1 }, gone: 1, kept: 1 }
    const config = await openConfig<Record<string, unknown> & { list: { n: number }[] }>({
      defaults,
      overrides: { list: [{ n: 2 }], table: { b: 2 }, gone: null, kept: undefined },
      policies: { list: "append", table: "replace" },
    })
    const merged = { list: [{ n: 1 }, { n: 2 }], table: { b: 2 }, gone: null, kept: 1 }
    expect(config.value).toEqual(merged)
    config.value.list[0]!.n = 9
    expect(defaults.list).toEqual([{ n: 1 }])
  })

  test.each([5, null, [1]])(
    "explains nothing that %j of a layer in between hides",
    async (between) => {
      const project = join(files({ "app.json": JSON.stringify({ a: between }) }), "app.json")
      const config = await openConfig<Record<string, unknown>>({
        defaults: { a: { b: 1 } },
        project,
        overrides: { a: { b: 2 } },
      })
      expect(config.explain("a.b")).toMatchObject({ layer: "overrides", hides: [] })
    },
  )

  test("explains, and says of what is wrong, where the items of a list are from that several layers make", async () => {
    const project = join(
      files({ "app.json": '{ "list": [{ "a": 2 },\n{ "a": "3" }] }' }),
      "app.json",
    )
    const options = {
      defaults: { list: [{ a: 0 }, { a: 1 }] },
      project,
      overrides: { list: [{ a: 4 }] },
      policies: { list: "append" },
    } as const
    const config = await openConfig<Record<string, unknown>>(options)
    expect(config.explain("list.1.a")).toMatchObject({ value: 1, layer: "defaults", hides: [] })
    expect(config.explain("list.2")).toMatchObject({ layer: "project", line: 1, column: 12 })
    expect(config.explain("list.3.a")).toMatchObject({ value: "3", layer: "project", line: 2 })
    expect(config.explain("list.4.a")).toMatchObject({ value: 4, layer: "overrides" })
    const schema = z.object({ list: z.array(z.object({ a: z.number() })) })
    await expect(openConfig({ ...options, schema })).rejects.toThrow(/list\[3\].*app\.json:2:3/)
  })

  test("explains the items of a list that begins anew behind what is none", async () => {
    const user = join(files({ "user.json": '{ "list": "none" }' }), "user.json")
    const project = join(files({ "app.json": '{ "list": [2] }' }), "app.json")
    const config = await openConfig<Record<string, unknown>>({
      defaults: { list: [1] },
      user,
      project,
      policies: { list: "append" },
    })
    expect(config.get("list")).toEqual([2])
    expect(config.explain("list.0")).toMatchObject({ value: 2, layer: "project" })
  })

  test("says of what is missing in an object that replaces another where that object stands", async () => {
    const project = join(files({ "app.json": '{ "db": { "port": 1 } }' }), "app.json")
    const schema = z.object({ db: z.object({ port: z.number(), host: z.string() }) })
    const defaults = { db: { port: 0, host: "localhost" } }
    const opening = openConfig({ schema, defaults, project, policies: { db: "replace" } })
    await expect(opening).rejects.toThrow(/\$\.db\.host: .*app\.json:1:3/)
  })

  test("explains where values in TOML's inline tables and behind YAML's aliases stand", async () => {
    const directory = files({
      "user.toml": "top = 1\nin = { a = 1, b.c = [2, { d = 3 }] }\n",
      "app.yaml": "base: &base { e: 4 }\nother: *base\n-dash: 5\nlist:\n  - -x: 6\n",
    })
    const [user, project] = [join(directory, "user.toml"), join(directory, "app.yaml")]
    const config = await openConfig<Record<string, unknown>>({ user, project })
    const places = {
      ...{ "in.a": [2, 8], "in.b": [2, 1], "in.b.c": [2, 15], "in.b.c.0": [2, 22] },
      ...{ "in.b.c.1.d": [2, 27], "base.e": [1, 15], "other.e": [2, 1] },
      ...{ "-dash": [3, 1], "list.0": [5, 5], "list.0.-x": [5, 5] },
    }
    for (const [path, [line, column]] of Object.entries(places)) {
      expect(config.explain(path), path).toMatchObject({ line, column })
    }
  })

  test("hides secrets, refuses unknown options, and works without waiting", () => {
    const config = openConfigSync({ defaults: { token: "abc", tokens: 3 }, secrets: ["token"] })
    expect(config.explain("token")).toMatchObject({ value: "•••" })
    expect(config.explain("tokens")).toMatchObject({ value: 3 })
    expect(config.get("token")).toBe("abc")
    expect(() => openConfigSync({ envrionment: {} } as object)).toThrow(/envrionment/)
    const asynchronous = z.string().refine(async () => true)
    expect(() =>
      openConfigSync({ schema: z.object({ a: asynchronous }), overrides: { a: "" } }),
    ).toThrow(expect.objectContaining({ code: "ERR_PERSIST_UNSUPPORTED" }))
  })
})

describe("ConfigManager", () => {
  test("loads without waiting, in any format", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory, format: "toml" })
    expect(configs.loadConfigSync("app", { default: { a: 0 } })).toEqual({ a: 0 })
    await configs.saveConfig("app", { a: 1 })
    expect(configs.loadConfigSync("app")).toEqual({ a: 1 })
    mkdirSync(join(directory, "configs"), { recursive: true })
    writeFileSync(join(directory, "configs/other.yaml"), "b: 2\n")
    expect(configs.loadConfigSync("other")).toEqual({ b: 2 })
  })

  test("opens a configuration with layers around it", async () => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format: "yaml" })
    const config = await configs.open("app", { defaults: { a: 1, b: 1 }, overrides: { b: 2 } })
    await config.set("a", 5)
    expect(await configs.loadConfig("app")).toEqual({ a: 5 })
    expect(config.value).toEqual({ a: 5, b: 2 })
  })
})
