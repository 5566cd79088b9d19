import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { ConfigManager, importConf, openConfig, openConfigSync } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const migrate = {
  2: (old: unknown) => {
    const { port, ...rest } = old as { port: number }
    return { ...rest, server: { port } }
  },
}

describe("openConfig with versions", () => {
  test("upgrades a file once, keeps what it was beside it, and every comment that stays", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    const old = "# mine\nname: x # me\nport: 80\n"
    writeFileSync(project, old)
    const schema = z.object({ name: z.string(), server: z.object({ port: z.number() }) })
    const inMemory = openConfigSync({ project, schema, version: 2, migrate })
    expect(inMemory.value).toEqual({ name: "x", server: { port: 80 } })
    expect(readFileSync(project, "utf8")).toBe(old)
    const config = await openConfig({ project, schema, version: 2, migrate })
    expect(config.value).toEqual({ name: "x", server: { port: 80 } })
    const text = readFileSync(project, "utf8")
    expect(text).toBe("# mine\nname: x # me\nserver:\n  port: 80\n_version: 2\n")
    expect(readFileSync(`${project}.v0.bak`, "utf8")).toBe(old)
    await openConfig({ project, schema, version: 2, migrate })
    await config.set("server.port", 81)
    expect(readFileSync(project, "utf8")).toBe(text.replace("80", "81"))
    await expect(openConfig({ project, version: 1 })).rejects.toMatchObject({
      code: "ERR_PERSIST_NEWER",
    })
  })

  test.each(["yaml", "toml", "jsonc"])(
    "leaves a file in which nothing is to whoever may be saving it: %s",
    async (format) => {
      const directory = temporaryDirectory()
      const project = join(directory, `app.${format}`)
      writeFileSync(project, "\n")
      const config = await openConfig({ project, version: 2, migrate })
      expect(config.value).toEqual({ server: {} })
      expect(readdirSync(directory)).toEqual([`app.${format}`])
      expect(readFileSync(project, "utf8")).toBe("\n")
      await config.set("own", 1)
      expect(readFileSync(project, "utf8")).toContain("_version")
    },
  )

  test.skipIf(process.platform === "win32")("keeps a copy for whom the file is for", async () => {
    const project = join(temporaryDirectory(), "app.yaml")
    for (const mode of [0o600, 0o640]) {
      writeFileSync(project, `port: ${mode}\n`)
      chmodSync(project, mode)
      await openConfig({ project, version: 2, migrate })
    }
    const modes = [".v0.bak", ".v0.2.bak"].map((end) => statSync(project + end).mode & 0o777)
    expect(modes).toEqual([0o600, 0o640])
  })

  test("leaves no half of a copy where a process is killed that keeps one", async () => {
    const directory = temporaryDirectory()
    const project = join(directory, "app.yaml")
    const old = "# mine\na: 1\n"
    writeFileSync(project, old)
    const program = join(import.meta.dirname, "programs/killed-upgrade.ts")
    const { signal } = spawnSync(process.execPath, [program, project], { stdio: "inherit" })
    expect(signal).toBe("SIGKILL")
    expect(readFileSync(project, "utf8")).toBe(old)
    expect(readdirSync(directory).filter((file) => file.endsWith(".bak"))).toEqual([])
    const step = (before: unknown) => ({ ...(before as object), b: 1 })
    await openConfig({ project, version: 1, migrate: { 1: step } })
    const copies = readdirSync(directory).filter((file) => file.endsWith(".bak"))
    expect(copies).toEqual(["app.yaml.v0.bak"])
    expect(readFileSync(join(directory, copies[0]!), "utf8")).toBe(old)
  })

  test("loses no update of a manager that comes while a file is upgraded", async () => {
    const directory = temporaryDirectory()
    await using configs = new ConfigManager({ directory })
    await using other = new ConfigManager({ directory })
    for (let round = 0; round < 30; round++) {
      const name = `app${round}`
      await configs.saveConfig(name, { port: 80 })
      const upgraded = configs.open(name, { version: 2, migrate })
      for (let turn = 0; turn < round % 6; turn++) await new Promise((go) => setImmediate(go))
      await Promise.all([upgraded, other.updateConfig(name, { theirs: round })])
      const now = await configs.loadConfig(name)
      expect(now).toEqual({ server: { port: 80 }, _version: 2, theirs: round })
    }
  })

  test("leaves a file alone whose upgrade fails or gives what is not valid", async () => {
    const project = join(temporaryDirectory(), "app.json")
    writeFileSync(project, '{"port":"eighty"}')
    const schema = z.object({ server: z.object({ port: z.number() }) })
    await expect(openConfig({ project, schema, version: 2, migrate })).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
    })
    const broken = () => {
      throw new Error("no")
    }
    await expect(openConfig({ project, version: 2, migrate: { 2: broken } })).rejects.toMatchObject(
      {
        code: "ERR_PERSIST_MIGRATION",
      },
    )
    expect(() => openConfigSync({ project, version: 2, migrate: { 2: async () => ({}) } })).toThrow(
      /promise/,
    )
    expect(readFileSync(project, "utf8")).toBe('{"port":"eighty"}')
    expect(existsSync(`${project}.v0.bak`)).toBe(false)
  })
})

test("importConf says what it cannot take", async () => {
  const path = join(temporaryDirectory(), "db.json")
  writeFileSync(path, "[1, 2]")
  const list = { code: "ERR_PERSIST_DECODE", message: expect.stringMatching(/a list at its top/) }
  await expect(importConf(path)).rejects.toMatchObject(list)
  writeFileSync(path, "\u0001\u0002:\u0003")
  const sealed = { code: "ERR_PERSIST_DECODE", message: expect.stringMatching(/encryption key/) }
  await expect(importConf(path)).rejects.toMatchObject(sealed)
  // A number is a file that is open: reading it may wait for what a terminal says.
  for (const wrong of [0, "", null, {}, new URL("https://example.com/a.json")]) {
    await expect(importConf(wrong as string)).rejects.toMatchObject({
      code: "ERR_PERSIST_INVALID_ARGUMENT",
    })
  }
})

test("importConf reads what conf and electron-store wrote", async () => {
  const path = join(temporaryDirectory(), "config.json")
  writeFileSync(path, '{"theme":"dark","__internal__":{"migrations":{"version":"1.0.0"}}}')
  expect(await importConf(path)).toEqual({ theme: "dark" })
  writeFileSync(path, '\uFEFF{"theme": "light"}')
  expect(await importConf(path)).toEqual({ theme: "light" })
  writeFileSync(path, "\u0000encrypted")
  await expect(importConf(path)).rejects.toMatchObject({ code: "ERR_PERSIST_DECODE" })
  writeFileSync(path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
  await expect(importConf(path)).rejects.toMatchObject({ code: "ERR_PERSIST_DECODE" })
  await expect(importConf(`${path}.no`)).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_FOUND" })
})
