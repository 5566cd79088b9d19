import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const fileWith = (text: string, name = "app.json") => {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, text)
  return path
}

const ordered = z
  .object({
    least: z.number().default(0),
    most: z.number().default(9),
    name: z.string().optional(),
  })
  .refine(({ least, most }) => least <= most, { message: "least is more than most" })

describe("Config.set of several values", () => {
  test("validates what they make together, and takes all of them or none", async () => {
    const text = "# limits\nleast: 1 # from\nmost: 2 # to\nname: ann\n"
    const project = fileWith(text, "app.yaml")
    const config = await openConfig({ schema: ordered, project })
    await expect(config.set("least", 11)).rejects.toThrow("least is more than most")
    await config.set({ least: 11, most: 12, name: undefined })
    const after = "# limits\nleast: 11 # from\nmost: 12 # to\n"
    expect(readFileSync(project, "utf8")).toBe(after)
    expect(config.value).toEqual({ least: 11, most: 12 })
    const refused = config.set({ name: "bob", least: 13 })
    await expect(refused).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
    await expect(config.set({ least: 3, most: (() => 4) as never })).rejects.toMatchObject({
      code: "ERR_PERSIST_ENCODE",
    })
    expect(readFileSync(project, "utf8")).toBe(after)
    expect(config.value).toEqual({ least: 11, most: 12 })
  })

  test("makes them one after another: a value may go into another that was given before it", async () => {
    const project = fileWith("{}\n")
    const config = await openConfig<Record<string, unknown>>({ project, defaults: { l: [7] } })
    await config.set({
      "server.port": 1,
      l: [],
      "l.0": { a: 1 },
      "l.0.b": 2,
      server: { host: "h" },
    })
    expect(config.value).toEqual({ l: [{ a: 1, b: 2 }], server: { host: "h" } })
    await expect(config.set({ x: 1, "l.7": 1 })).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
    expect(config.get("x")).toBeUndefined()
  })

  test("keeps what somebody else changed meanwhile, and tells watchers of that alone", async () => {
    const project = fileWith('{"a": 1, "b": 1, "c": 1}')
    const config = await openConfig<Record<string, number>>({ project })
    const controller = new AbortController()
    const events = config.watch({ signal: controller.signal })[Symbol.asyncIterator]()
    const heard = events.next()
    writeFileSync(project, '{"a": 1, "b": 1, "c": 2}')
    await config.set({ a: 3, b: 3 })
    expect((await heard).value).toMatchObject({
      changes: [{ path: "c", before: 1, after: 2 }],
    })
    expect(JSON.parse(readFileSync(project, "utf8"))).toEqual({ a: 3, b: 3, c: 2 })
    controller.abort()
  })

  test("goes into the file of the layer that is named, which is made where something is set", async () => {
    const user = join(temporaryDirectory(), "user.toml")
    const project = fileWith("{}")
    const config = await openConfig<{ a?: number; b?: { c: number } }>({ user, project })
    await config.set({}, "user")
    await config.set({ a: undefined, "b.c": undefined }, "user")
    expect(existsSync(user)).toBe(false)
    await config.set({ a: 1, "b.c": 2 }, "user")
    expect(readFileSync(user, "utf8")).toBe("a = 1\n\n[b]\nc = 2\n")
    expect(readFileSync(project, "utf8")).toBe("{}")
    await expect(config.set({ a: 1 }, "system")).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
  })

  test("hides the file where one of them is a secret, which is encrypted", async () => {
    const project = fileWith("{}")
    const secretKeys = { current: "k", keys: { k: Buffer.alloc(32, 1) } }
    const options = { project, secrets: ["token"], secretKeys }
    const config = await openConfig<{ token?: string; port?: number }>(options)
    await config.set({ port: 1, token: "hush" })
    expect(statSync(project).mode & 0o777).toBe(0o600)
    expect(readFileSync(project, "utf8")).not.toContain("hush")
    expect((await openConfig<Record<string, unknown>>(options)).value).toEqual({
      port: 1,
      token: "hush",
    })
  })

  test.each([[undefined], [1], [[{}]], [new Map([["a", 1]])]])(
    "%s is no path and no values",
    async (wrong) => {
      const config = await openConfig<Record<string, unknown>>({ project: fileWith("{}") })
      await expect(config.set(wrong as never)).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_ARGUMENT",
      })
    },
  )
})
