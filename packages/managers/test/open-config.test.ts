import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { z } from "zod"
import { openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const fileWith = (text: string) => {
  const path = join(temporaryDirectory(), "app.json")
  writeFileSync(path, text)
  return path
}

describe("openConfig", () => {
  test("gives values of its own: what is done to them stays out of the defaults and of the next load", async () => {
    const defaults = { list: [1], deep: { list: [{ a: 1 }] } }
    const config = await openConfig<typeof defaults>({ defaults, overrides: { more: [1] } })
    config.value.list.push(2)
    config.value.deep.list[0]!.a = 2
    expect(defaults).toEqual({ list: [1], deep: { list: [{ a: 1 }] } })
    await config.reload()
    expect(config.value).toEqual({ ...defaults, more: [1] })
  })

  test("never passes over a file because of its extension", async () => {
    const directory = temporaryDirectory()
    const inside = (name: string) => join(directory, name)
    for (const name of [
      "APP.JSON",
      ".apprc",
      "app.config",
      "tool",
      "tool.json",
      "next.config.json",
      "settings",
      "program",
    ]) {
      writeFileSync(inside(name), '{ "a": 1 }')
    }
    mkdirSync(inside("conf.d"))
    chmodSync(inside("program"), 0o755)
    const value = async (name: string) => (await openConfig({ project: inside(name) })).value
    expect(await value("APP.JSON")).toEqual({ a: 1 })
    expect(await value("tool")).toEqual({ a: 1 })
    expect(await value("next.config")).toEqual({ a: 1 })
    expect(await value("conf.d")).toEqual({})
    expect(await value("program")).toEqual({})
    for (const name of [".apprc", "app.config", "settings"]) {
      await expect(value(name)).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION" })
    }
  })

  test.runIf(process.platform === "linux")(
    "leaves alone what lies at the usual places in a form of somebody else's",
    async () => {
      const home = temporaryDirectory()
      vi.stubEnv("XDG_CONFIG_HOME", home)
      onTestFinished(() => {
        vi.unstubAllEnvs()
      })
      mkdirSync(join(home, "tool"))
      writeFileSync(join(home, "tool/config"), "a = 1")
      const config = await openConfig<Record<string, unknown>>({ app: "tool" })
      expect(config.value).toEqual({})
      await config.set("a", 2)
      expect(readFileSync(join(home, "tool/config.json"), "utf8")).toBe('{\n  "a": 2\n}\n')
    },
  )

  test("takes a file below what is no folder for one that is not there", async () => {
    const project = join(fileWith("{}"), "inner.json")
    expect((await openConfig({ project })).value).toEqual({})
  })

  test("keeps a secret from others behind a link that leads nowhere yet", async () => {
    const directory = temporaryDirectory()
    const project = join(directory, "app.json")
    symlinkSync("real.json", project)
    const config = await openConfig<{ token?: string }>({ project, secrets: ["token"] })
    await config.set("token", "x")
    expect(readFileSync(join(directory, "real.json"), "utf8")).toMatch(/"x"/)
    expect(statSync(project).mode & 0o777).toBe(0o600)
    expect(lstatSync(project).isSymbolicLink()).toBe(true)
  })

  test("upgrades in memory what only somebody else may write", async () => {
    const project = fileWith('{ "a": 1 }')
    chmodSync(join(project, ".."), 0o555)
    // Nothing is forbidden to root.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    const warn = vi.fn()
    try {
      const migrate = { 1: (old: unknown) => ({ ...(old as object), b: 1 }) }
      const config = await openConfig<object>({ project, version: 1, migrate, logger: { warn } })
      expect(config.value).toEqual({ a: 1, b: 1 })
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(join(project, ".."), 0o755)
    }
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/app\.json is read as version 1/))
    expect(readFileSync(project, "utf8")).toBe('{ "a": 1 }')
  })

  test("tells the logger of a file that it upgrades, and minds no logger that throws", async () => {
    const project = fileWith('{ "a": 1 }')
    const info = vi.fn(() => {
      throw new Error("no")
    })
    await openConfig({ project, version: 1, logger: { info } })
    await openConfig({ project, version: 1, logger: { info } })
    expect(info.mock.calls).toEqual([[expect.stringMatching(/app\.json was brought to version 1/)]])
  })

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no")
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["answers nothing", () => undefined],
  ])("a schema that %s lets nothing pass", async (_, validate) => {
    const schema = { "~standard": { version: 1 as const, vendor: "test", validate } }
    await expect(openConfig({ schema: schema as never })).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
      cause: expect.any(Error),
    })
  })

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
})
