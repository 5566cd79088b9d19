import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test, vi } from "vitest"
import { z } from "zod"
import { configFormats } from "../src/configs/formats/formats.ts"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const inFolder = (name: string, text?: string) => {
  const path = join(temporaryDirectory(), name)
  if (text !== undefined) writeFileSync(path, text)
  return path
}

describe("Config.update", () => {
  test.each([
    [
      "a.json",
      '{\n  "a": {\n    "b": 1,\n    "c": 2\n  },\n  "l": [1]\n}\n',
      '{\n  "a": {\n    "b": 5\n  },\n  "l": [2],\n  "x.y": {\n    "z": 1\n  }\n}\n',
    ],
    [
      "a.yaml",
      "a: # one\n  b: 1 # two\n  c: 2\n\nl: [1] # three\n",
      "a: # one\n  b: 5 # two\n\nl: [2] # three\nx.y:\n  z: 1\n",
    ],
    [
      "a.toml",
      "l = [1] # one\n[a]\nb = 1 # two\nc = 2\n",
      'l = [2] # one\n[a]\nb = 5 # two\n\n["x.y"]\nz = 1\n',
    ],
  ])("merges into the file, and changes nothing else: %s", async (name, text, as) => {
    const project = inFolder(name, text)
    const config = await openConfig({ project, defaults: { a: { c: 9, d: 3 } } })
    const values = { a: { b: 5, c: undefined }, l: [2], "x.y": { z: 1 } }
    const updating = config.update(values)
    values.l[0] = 7
    await updating
    expect(readFileSync(project, "utf8")).toBe(as)
    expect(config.value).toEqual({ a: { b: 5, c: 9, d: 3 }, l: [2], "x.y": { z: 1 } })
    expect((await openConfig({ project })).value).toEqual({ a: { b: 5 }, l: [2], "x.y": { z: 1 } })
  })

  test("validates values that only fit together as one", async () => {
    const schema = z
      .object({ min: z.number(), max: z.number() })
      .refine(({ min, max }) => min <= max, "upside down")
    const project = inFolder("a.json", '{"min":1,"max":2}')
    const config = await openConfig({ project, schema })
    await expect(config.set("min", 5)).rejects.toThrow(/upside down/)
    await config.update({ min: 5, max: 6 })
    expect(config.value).toEqual({ min: 5, max: 6 })
    await expect(config.update({ min: 9, max: 8 })).rejects.toThrow(/upside down/)
    expect(readFileSync(project, "utf8")).toBe('{"min":5,"max":6}')
    // @ts-expect-error not a number
    await expect(config.update({ max: "x" })).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
    })
  })

  test("makes no file for nothing, and touches none", async () => {
    const project = inFolder("a.yaml")
    const config = await openConfig({ project, user: inFolder("b.yaml", "a: 1\n") })
    await config.update({})
    await config.update({ a: undefined })
    expect(existsSync(project)).toBe(false)
    await config.update({ a: 2 }, "user")
    const { file } = config.explain("a")!
    const { ino, ctimeNs } = statSync(file!, { bigint: true })
    await config.update({ a: 2, c: undefined }, "user")
    expect(statSync(file!, { bigint: true })).toMatchObject({ ino, ctimeNs })
    expect(config.value).toEqual({ a: 2 })
  })

  test("puts no empty object where there is nothing to remove from", async () => {
    const [project, user] = [inFolder("a.json"), inFolder("b.yaml", "tls: {}\n")]
    const schema = z.object({
      server: z.object({ port: z.number() }),
      tls: z.object({ key: z.string().optional() }),
      proxy: z.object({ url: z.string() }).optional(),
      more: z.object({ deep: z.object({ a: z.number().optional() }).optional() }).optional(),
    })
    const defaults = { server: { port: 80 } }
    const policies = { server: "replace" } as const
    const config = await openConfig({ project, user, schema, defaults, policies })
    await config.update({ server: { port: undefined }, proxy: { url: undefined } })
    expect(existsSync(project)).toBe(false)
    await config.update({ more: { deep: { a: undefined } }, tls: { key: undefined } }, "user")
    expect(readFileSync(user, "utf8")).toBe("tls: {}\n")
    await config.update({ more: { deep: {} }, proxy: { url: "x" } })
    expect(JSON.parse(readFileSync(project, "utf8"))).toEqual({
      more: { deep: {} },
      proxy: { url: "x" },
    })
    expect(config.value.server).toEqual({ port: 80 })
    const round: { more: { deep: unknown } } = { more: { deep: undefined } }
    round.more.deep = round
    await expect(config.update(round as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_ENCODE",
    })
  })

  test("changes what lies inside a secret, and encrypts each that it brings", async () => {
    const project = inFolder("a.json")
    const secretKeys = { current: "a", keys: { a: Buffer.alloc(32, 1) } }
    const secrets = ["db", "key"]
    const config = await openConfig({ project, secrets, secretKeys })
    await config.update({ db: { user: "hidden1", pass: "hidden2" }, open: "shown" })
    await config.update({ db: { pass: "hidden3" }, key: "hidden4" })
    expect(config.value).toEqual({
      db: { user: "hidden1", pass: "hidden3" },
      open: "shown",
      key: "hidden4",
    })
    const text = readFileSync(project, "utf8")
    expect(text).not.toContain("hidden")
    expect(text).toContain("shown")
    expect(statSync(project).mode & 0o077).toBe(0)
    const again = await openConfig({ project, secrets, secretKeys })
    expect(again.value).toEqual(config.value)
  })

  test("loses nothing beside others, and tells of theirs alone", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory, format: "yaml" })
    await configs.saveConfig("app", { a: { n: 0 }, b: 0 })
    const [one, other] = [await configs.open("app"), await configs.open("app")]
    const times = [...Array(10).keys()]
    await Promise.all([
      ...times.map((n) => one.update({ one: { [`k${n}`]: n }, both: { one: n } })),
      ...times.map((n) => other.update({ other: { [`k${n}`]: n }, both: { other: n } })),
      ...times.map((n) => configs.updateConfig("app", { a: { [`m${n}`]: n } })),
    ])
    const all = Object.fromEntries(times.map((n) => [`k${n}`, n]))
    const value = await configs.loadConfig("app")
    expect(value).toMatchObject({ one: all, other: all, both: { one: 9, other: 9 } })
    expect(Object.keys(value!.a as object)).toHaveLength(11)
    await one.reload()
    const stop = new AbortController()
    const events = one.watch({ signal: stop.signal })[Symbol.asyncIterator]()
    const first = events.next()
    await one.update({ b: 1, one: { k0: 5 } })
    await configs.updateConfig("app", { c: 1 })
    await one.update({ b: 2 })
    const told = [{ type: "change", changes: [{ path: "c", before: undefined, after: 1 }] }]
    expect((await first).value).toMatchObject(told[0]!)
    stop.abort()
  })

  test("reads a file no more often for many values than for few", async () => {
    const readings = async (count: number) => {
      const names = Array.from({ length: count }, (_, n) => `k${n}`)
      const project = inFolder("a.yaml", names.map((name) => `${name}: { a: 1, b: 2 }\n`).join(""))
      const config = await openConfig({ project })
      using parse = vi.spyOn(configFormats.yaml, "parse")
      await config.update(Object.fromEntries(names.map((name) => [name, { a: 3 }])))
      expect(config.value).toEqual(Object.fromEntries(names.map((name) => [name, { a: 3, b: 2 }])))
      return parse.mock.calls.length
    }
    expect(await readings(60)).toBe(await readings(6))
  })

  test("keeps every change inside one secret, and one beside it in a list of secrets", async () => {
    const project = inFolder("a.json", '{"db":{"old":1,"pass":"hidden0"},"l":["hidden1"]}')
    const secretKeys = { current: "a", keys: { a: Buffer.alloc(32, 1) } }
    const secrets = ["db", "l.0", "l.1"]
    const config = await openConfig({ project, secrets, secretKeys })
    expect(await config.rotateSecrets()).toEqual(["db", "l.0"])
    await config.update({
      db: { user: "hidden2", pass: "hidden3", deep: { a: "hidden4" }, old: undefined },
      l: ["hidden5", "hidden6"],
    })
    expect(readFileSync(project, "utf8")).not.toContain("hidden")
    const { value } = await openConfig({ project, secrets, secretKeys })
    const db = { pass: "hidden3", user: "hidden2", deep: { a: "hidden4" } }
    expect(value).toEqual({ db, l: ["hidden5", "hidden6"] })
    expect(config.value).toEqual(value)
  })

  test.each([[undefined], [null], [5], [[1]], [new Map()], ["a"]])("refuses %o", async (values) => {
    const config = await openConfig({ project: inFolder("a.json", "{}") })
    await expect(config.update(values as never)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
  })
})
