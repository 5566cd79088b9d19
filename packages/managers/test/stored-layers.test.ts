import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ConfigManager, openConfig } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

// Layers whose files lie in `configs/` of a storage.

function storageDirectory(): string {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, ".persist"))
  mkdirSync(join(directory, "configs"))
  return directory
}

test.each(["json", "yaml", "yml", "toml", "JSON", "prod.json"])(
  "a new file of a layer gets the name that it was given (.%s)",
  async (extension) => {
    for (const secrets of [[], ["word"]]) {
      const directory = storageDirectory()
      const project = join(directory, `configs/app.${extension}`)
      const config = await openConfig<{ word: string }>({ project, secrets })
      await config.set("word", "x")
      expect(readdirSync(join(directory, "configs"))).toEqual([`app.${extension}`])
      expect((await openConfig({ project })).value).toEqual({ word: "x" })
    }
  },
)

test("a layer's file takes none of another format with it", async () => {
  const directory = storageDirectory()
  const [user, project] = [join(directory, "configs/app.json"), join(directory, "configs/app.yaml")]
  writeFileSync(user, '{"a":1}')
  writeFileSync(project, "b: 1\n")
  // To a storage the newest is the value, and the other one of no use any more.
  utimesSync(user, 1, 1)
  const config = await openConfig<{ a: number; b: number }>({ user, project })
  for (const n of [2, 3]) {
    await config.set("b", n)
    await config.set("a", n, "user")
  }
  expect(readFileSync(user, "utf8")).toBe('{"a":3}')
  expect(readFileSync(project, "utf8")).toBe("b: 3\n")
})

test.each(["file", "link"])(
  "a .persist that is no folder of a storage is left alone (%s)",
  async (kind) => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, "configs"))
    const own = join(directory, ".persist")
    const other = temporaryDirectory()
    if (kind === "file") writeFileSync(own, "mine")
    else symlinkSync(other, own)
    const project = join(directory, "configs/app.json")
    const config = await openConfig<{ a: number }>({ project })
    await config.set("a", 1)
    expect(JSON.parse(readFileSync(project, "utf8"))).toEqual({ a: 1 })
    expect(kind === "file" ? readFileSync(own, "utf8") : readdirSync(other)).toEqual(
      kind === "file" ? "mine" : [],
    )
  },
)

test("layers and a manager in one process lose nothing to each other, and leave no locks", async () => {
  const directory = storageDirectory()
  const project = join(directory, "configs/app.json")
  const locks = join(directory, ".persist/locks")
  const manager = new ConfigManager({ directory })
  const layers = await openConfig<Record<string, number>>({ project })
  const opened = await manager.open<Record<string, number>>("app")
  const changes = Array.from({ length: 5 }, (_, n) => [
    layers.set(`layers${n}`, n),
    opened.set(`opened${n}`, n),
    manager.updateConfig("app", { [`manager${n}`]: n }),
  ])
  await Promise.all(changes.flat())
  expect(Object.keys(JSON.parse(readFileSync(project, "utf8"))).length).toBe(15)
  await manager.close()
  expect(readdirSync(locks)).toEqual([])
})
