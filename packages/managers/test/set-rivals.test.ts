import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const program = join(import.meta.dirname, "programs/set-rival.ts")

test.for([
  ["file", "file"],
  ["open", "open"],
  ["file", "open"],
] as const)("Config.set and delete of several processes lose nothing (%s, %s)", async (ways) => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, "configs"))
  // Where the two meet, a manager has written before.
  if (ways[0] !== ways[1]) mkdirSync(join(directory, ".persist"))
  writeFileSync(join(directory, "configs/app.yaml"), "# by hand\nport: 80 # the port\n")
  const rivals = ["ann", "bob", "cem", "dan"]
  const ends = await Promise.all(
    rivals.map((rival, index) =>
      once(
        spawn(process.execPath, [program, directory, ways[index % 2]!, rival, "12"], {
          stdio: "inherit",
        }),
        "exit",
      ),
    ),
  )
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0])
  await using configs = new ConfigManager({ directory })
  const rest = [1, 2, 4, 5, 7, 8, 10, 11]
  const expected = rivals.flatMap((rival) => [
    [rival, 12],
    ...rest.map((n) => [`${rival}-${n}`, n]),
  ])
  expect(await configs.loadConfig("app")).toEqual({ port: 80, ...Object.fromEntries(expected) })
  const text = readFileSync(join(directory, "configs/app.yaml"), "utf8")
  expect(text.startsWith("# by hand\nport: 80 # the port\n")).toBe(true)
  expect(readdirSync(join(directory, "configs"))).toEqual(["app.yaml"])
})

test("a file that is not UTF-8 is refused and stays as it is", async () => {
  const project = join(temporaryDirectory(), "app.yaml")
  const bytes = Buffer.from("name: caf\xe9\nport: 80\n", "latin1")
  writeFileSync(project, bytes)
  const refused = { code: "ERR_PERSIST_DECODE" }
  await expect(openConfig({ project })).rejects.toMatchObject(refused)
  expect(readFileSync(project)).toEqual(bytes)
  const directory = temporaryDirectory()
  await using configs = new ConfigManager({ directory })
  await configs.saveConfig("app", {})
  const path = join(directory, "configs/app.json")
  writeFileSync(path, bytes)
  await expect(configs.loadConfig("app")).rejects.toMatchObject({ ...refused, path })
  await expect(configs.updateConfig("app", { a: 1 })).rejects.toMatchObject({ ...refused, path })
  await expect(configs.saveConfig("app", { a: 1 })).rejects.toMatchObject({ ...refused, path })
  expect(() => configs.loadConfigSync("app")).toThrow(expect.objectContaining(refused))
  expect(readFileSync(path)).toEqual(bytes)
})

test("a file that cannot be written is told as ERR_PERSIST_IO, and the value stays", async () => {
  const file = join(temporaryDirectory(), "file")
  writeFileSync(file, "no folder")
  const config = await openConfig<{ n: number }>({
    project: join(file, "app.json"),
    defaults: { n: 1 },
  })
  await expect(config.set("n", 2)).rejects.toMatchObject({ code: "ERR_PERSIST_IO" })
  expect(config.value).toEqual({ n: 1 })
})

test.for(["file", "open"])(
  "Config.set of several makes one file for their secrets (%s)",
  async (way) => {
    for (let round = 0; round < 10; round++) {
      const directory = temporaryDirectory()
      const project = join(directory, "configs/app.json")
      const rivals = ["ann", "bob", "cem", "dan"]
      const sets = rivals.map(async (name) => {
        const options = { secrets: rivals }
        await using configs = new ConfigManager({ directory })
        const config = await (way === "file"
          ? openConfig<Record<string, string>>({ ...options, project })
          : configs.open<Record<string, string>>("app", options))
        await config.set(name, name)
      })
      await Promise.all(sets)
      const value = Object.fromEntries(rivals.map((name) => [name, name]))
      expect(JSON.parse(readFileSync(project, "utf8"))).toEqual(value)
      expect(statSync(project).mode & 0o777).toBe(0o600)
    }
  },
)
