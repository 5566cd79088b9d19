import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { describe, expect, test, vi } from "vitest"
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
})
