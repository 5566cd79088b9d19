import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const fileWith = (name: string, text: string) => {
  const path = join(temporaryDirectory(), name)
  writeFileSync(path, text)
  return path
}

test.each([
  ["a.json", '{"hosts":{"a.org":{"port":1}}}', '{"hosts":{"a.org":{"port":2},"b.org":{"port":3}}}'],
  [
    "a.yaml",
    "hosts:\n  a.org: # a\n    port: 1\n",
    "hosts:\n  a.org: # a\n    port: 2\n  b.org:\n    port: 3\n",
  ],
  [
    "a.toml",
    '[hosts."a.org"]\nport = 1\n',
    '[hosts."a.org"]\nport = 2\n\n[hosts."b.org"]\nport = 3\n',
  ],
])("a list of names leads to what has a dot in its name: %s", async (name, text, as) => {
  const project = fileWith(name, text)
  const config = await openConfig<{ hosts: Record<string, { port: number }> }>({ project })
  expect(config.get(["hosts", "a.org", "port"])).toBe(1)
  expect(config.get("hosts.a.org.port")).toBeUndefined()
  await config.set(["hosts", "a.org", "port"], 2)
  await config.set(["hosts", "b.org"], { port: 3 })
  expect(readFileSync(project, "utf8")).toBe(as)
  expect(config.explain(["hosts", "b.org", "port"])).toMatchObject({
    ...{ path: "hosts.b.org.port", value: 3, layer: "project", file: project },
    line: expect.any(Number),
  })
  await config.delete(["hosts", "b.org"])
  expect(config.value).toEqual({ hosts: { "a.org": { port: 2 } } })
})

test("names are as they were when the call was made, and numbers name items of lists", async () => {
  const project = fileWith("a.json", '{"a":[1,2]}')
  const config = await openConfig({ project })
  const path: (string | number)[] = ["a", 1]
  const setting = config.set(path, 3)
  path[1] = 0
  await setting
  expect(config.value).toEqual({ a: [1, 3] })
  expect(config.get(["a", 1])).toBe(3)
})

test.each([[[]], [["a", undefined]], [["a", 1.5]], [["a", Symbol("b")]], [{ 0: "a" }], [null]])(
  "what is no path is refused: %o",
  async (path) => {
    const config = await openConfig({ project: fileWith("a.json", "{}") })
    const refused = {
      code: "ERR_PERSIST_INVALID_ARGUMENT",
      message: expect.stringMatching(/list of names/),
    }
    const wrong = path as string[]
    expect(() => config.get(wrong)).toThrow(expect.objectContaining(refused))
    expect(() => config.explain(wrong)).toThrow(expect.objectContaining(refused))
    await expect(async () => config.set(wrong, 1)).rejects.toMatchObject(refused)
    await expect(async () => config.delete(wrong)).rejects.toMatchObject(refused)
  },
)

test("secrets are encrypted, and rotated, whether their paths are lists or not", async () => {
  const directory = temporaryDirectory()
  const keys = { a: Buffer.alloc(32, 1), b: Buffer.alloc(32, 2) }
  await using configs = new ConfigManager({ directory })
  await configs.saveConfig("app", { "x.y": "by hand", deep: { pw: "hidden" } })
  const options = { secrets: ["x.y", "deep.pw"] }
  const old = await configs.open("app", { ...options, secretKeys: { current: "a", keys } })
  await old.set(["deep", "pw"], "hidden too")
  await old.set(["x.y"], "s3cret")
  expect(old.explain(["x.y"])).toMatchObject({ value: "•••" })
  expect(JSON.stringify(await configs.loadConfig("app"))).not.toMatch(/hidden|s3cret/)
  const next = await configs.open("app", { ...options, secretKeys: { current: "b", keys } })
  expect(await next.rotateSecrets()).toEqual(["x.y", "deep.pw"])
  expect(await next.rotateSecrets()).toEqual([])
  expect(next.value).toEqual({ "x.y": "s3cret", deep: { pw: "hidden too" } })
})
