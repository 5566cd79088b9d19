import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { PersistError } from "@persist/core"
import { expect, test, vi } from "vitest"
import { ConfigManager, openConfigSync } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

vi.mock("../src/configs/formats/lazy-parsers.ts", () => {
  const missing = () => {
    throw new PersistError("ERR_PERSIST_IO", "A package cannot be loaded.")
  }
  return { yamlParser: missing, tomlParser: missing, jsoncParser: missing }
})

test.each(["yaml", "toml", "jsonc"] as const)(
  "%s: where its parser is not installed, neither file nor value is blamed",
  async (format) => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory, format: "json" })
    await configs.saveConfig("json", {})
    const path = join(directory, "configs", `app.${format}`)
    writeFileSync(path, format === "toml" ? "a = 1\n" : '{"a": 1}\n')
    const missing = { code: "ERR_PERSIST_IO", message: expect.stringContaining("cannot be loaded") }
    const options = { format } as const
    await using others = new ConfigManager({ directory, ...options })
    await expect(others.loadConfig("app")).rejects.toMatchObject(missing)
    await expect(others.updateConfig("app", { a: 2 })).rejects.toMatchObject(missing)
    expect(() => openConfigSync({ project: path })).toThrow(expect.objectContaining(missing))
    if (format === "jsonc") return
    const refused = await others.saveConfig("new", { a: { b: 1 } }).catch((error) => error)
    expect(refused).toMatchObject(missing)
    expect(refused.message).not.toContain("/a")
  },
)
