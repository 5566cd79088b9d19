import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test("what the format cannot hold is told with the configuration that it was meant for", async () => {
  const directory = temporaryDirectory()
  await using configs = new ConfigManager({ directory, format: "toml" })
  const named = {
    code: "ERR_PERSIST_ENCODE",
    key: "app",
    message: expect.stringMatching(/"app".*\$\.a/),
  }
  await expect(configs.saveConfig("app", { a: null })).rejects.toMatchObject(named)
  await configs.saveConfig("app", { b: 1 })
  await expect(configs.saveConfig("app", { a: null })).rejects.toMatchObject(named)
  await expect(configs.updateConfig("app", { a: null })).rejects.toMatchObject(named)

  const path = join(directory, "configs/app.toml")
  const of = (place: string) => ({
    ...{ code: "ERR_PERSIST_ENCODE", path },
    message: expect.stringMatching(new RegExp(`app\\.toml.*\\$\\.${place}`)),
  })
  const config = await openConfig({ project: path })
  await expect(config.set("c", null)).rejects.toMatchObject(of("c"))
  const migrate = { 2: () => ({ d: null }) }
  await expect(openConfig({ project: path, version: 2, migrate })).rejects.toMatchObject(of("d"))
  expect(await configs.loadConfig("app")).toEqual({ b: 1 })
})

test("so is an edit that cannot be made", async () => {
  await using configs = new ConfigManager({ directory: temporaryDirectory(), format: "yaml" })
  const { storage } = configs
  await configs.saveConfig("app", { a: 1 })
  const path = (await storage.stat("configs/app"))!.path!
  writeFileSync(path, "a: &x { n: 1 }\nb: *x\n")
  await expect(configs.updateConfig("app", { a: { n: 2 } })).rejects.toMatchObject({
    code: "ERR_PERSIST_UNSUPPORTED",
    message: expect.stringContaining('"app"'),
  })
})

test.each(["json", "jsonc", "yaml", "toml"] as const)(
  "what %s cannot hold is told with its place, also where a list of tables has it",
  async (format) => {
    await using configs = new ConfigManager({ directory: temporaryDirectory(), format })
    const wrong = () => {}
    const at = (path: string) => ({ code: "ERR_PERSIST_ENCODE", details: { path } })
    const tables = { a: { "b/c": [{ d: 1 }, { d: wrong }] } }
    await expect(configs.saveConfig("app", { a: [1, wrong] })).rejects.toMatchObject(at("/a/1"))
    await expect(configs.saveConfig("app", tables)).rejects.toMatchObject(at("/a/b~1c/1/d"))
    await configs.saveConfig("app", { a: { e: 1 } })
    await expect(configs.updateConfig("app", tables)).rejects.toMatchObject(at("/a/b~1c/1/d"))
    await expect(configs.saveConfig("app", wrong)).rejects.toMatchObject(at("/"))
  },
)
