import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const empty = [
  ["yaml", "", "a:\n  b: 1\n"],
  ["yaml", "# only\r\n", "# only\r\na:\r\n  b: 1\r\n"],
  ["yaml", "---\n", "---\na:\n  b: 1\n"],
  ["toml", "", "[a]\nb = 1\n"],
  ["toml", "# only\n", "# only\n\n[a]\nb = 1\n"],
  ["jsonc", "", '{\n  "a": {\n    "b": 1\n  }\n}\n'],
  ["jsonc", "// only", '// only\n{\n  "a": {\n    "b": 1\n  }\n}\n'],
  [
    "jsonc",
    "\uFEFF/* only */\r\n",
    '\uFEFF/* only */\r\n{\r\n  "a": {\r\n    "b": 1\r\n  }\r\n}\r\n',
  ],
] as const

describe.each(empty)("a %s file that holds no settings, %j", (extension, text, after) => {
  test("is an empty configuration, and can be added to", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory })
    await configs.saveConfig("other", {})
    const path = join(directory, `configs/app.${extension}`)
    writeFileSync(path, text)
    expect(await configs.loadConfig("app")).toEqual({})
    expect(await configs.updateConfig("app", { a: { b: 1 } })).toEqual({ a: { b: 1 } })
    expect(readFileSync(path, "utf8")).toBe(after)
    writeFileSync(path, text)
    const config = await openConfig({ project: path })
    expect(config.value).toEqual({})
    await config.set("a.b", 1)
    expect(readFileSync(path, "utf8")).toBe(after)
  })
})

test.each(["", " \n"])("JSON has no empty file: %j is refused and left alone", async (text) => {
  const project = join(temporaryDirectory(), "app.json")
  writeFileSync(project, text)
  await expect(openConfig({ project })).rejects.toMatchObject({ code: "ERR_PERSIST_DECODE" })
  expect(readFileSync(project, "utf8")).toBe(text)
})

test.each([
  ["yaml", "null\n", "a: 1\n"],
  ["json", "null\n", '{"a":1}\n'],
])("a %s file with null in it can be added to", async (extension, text, after) => {
  const project = join(temporaryDirectory(), `app.${extension}`)
  writeFileSync(project, text)
  await (await openConfig({ project })).set("a", 1)
  expect(readFileSync(project, "utf8")).toBe(after)
})
