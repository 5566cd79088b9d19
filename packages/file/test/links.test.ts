import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { FileStorage } from "../src/index.ts"
import { longKeyHash } from "../src/keys/key-path.ts"
import { temporaryFolder } from "./temporary-folder.ts"

function open(): FileStorage {
  return new FileStorage({ directory: join(temporaryFolder(), "data"), durability: "none" })
}

describe("FileStorage and symbolic links", () => {
  test("refuses to follow a link out of its directory", async () => {
    const storage = open()
    await storage.save("a", 1)
    const outside = temporaryFolder()
    writeFileSync(join(outside, "secret.json"), "42")
    symlinkSync(outside, join(storage.directory, "link"))
    symlinkSync(join(outside, "secret.json"), join(storage.directory, "file.json"))
    symlinkSync(join(outside, "made/by/us.json"), join(storage.directory, "dangling.json"))
    for (const attempt of [
      () => storage.load("link/secret"),
      () => storage.save("link/new", 1),
      () => storage.delete("link/secret"),
      () => storage.stat("link/secret"),
      () => storage.load("file"),
      () => storage.save("file", 1),
      () => storage.save("link/deep/new", 1),
      () => storage.save("dangling", 1),
      async () => storage.saveSync("dangling", 1),
      () => storage.list({ subfolder: "link" }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_KEY" })
    }
    expect(readdirSync(outside)).toEqual(["secret.json"])
    expect(readFileSync(join(outside, "secret.json"), "utf8")).toBe("42")
    expect(await storage.list()).toEqual(["a"])
  })

  test("keeps what is its own inside too", async () => {
    const outside = temporaryFolder()
    const cases = [
      ["staging", (storage: FileStorage) => storage.save("a", 1)],
      ["locks", (storage: FileStorage) => storage.save("a", 1)],
      ["keys", (storage: FileStorage) => storage.save("x".repeat(500), 1)],
      ["versions", (storage: FileStorage) => storage.save("a", 1, { version: true })],
      ["backups/a", (storage: FileStorage) => storage.save("a", 1, { backup: true })],
    ] as const
    for (const [name, act] of cases) {
      const storage = open()
      mkdirSync(join(storage.directory, ".persist", name, ".."), { recursive: true })
      writeFileSync(join(storage.directory, "a.json"), "0")
      symlinkSync(outside, join(storage.directory, ".persist", name))
      await expect(act(storage), name).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_KEY" })
      expect(readFileSync(join(storage.directory, "a.json"), "utf8")).toBe("0")
    }
    expect(readdirSync(outside)).toEqual([])
  })

  test("writes nothing through a link that stands for a file of its own", async () => {
    const outside = temporaryFolder()
    const long = "x".repeat(500)
    const cases = [
      ["fences/a/mark.txt", (storage: FileStorage) => storage.save("a", 1, { fence: 3 })],
      [`keys/${longKeyHash(long)}`, (storage: FileStorage) => storage.save(long, 1)],
    ] as const
    for (const [name, act] of cases) {
      const storage = open()
      mkdirSync(join(storage.directory, ".persist", name, ".."), { recursive: true })
      symlinkSync(join(outside, "planted"), join(storage.directory, ".persist", name))
      await expect(act(storage), name).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_KEY" })
      expect(await storage.list()).toEqual([])
    }
    expect(readdirSync(outside)).toEqual([])
  })

  test("takes a link that stays inside for the value that it leads to", async () => {
    const storage = open()
    await storage.save("real", 1)
    symlinkSync("real.json", join(storage.directory, "alias.json"))
    expect(await storage.load("alias")).toBe(1)
    await storage.save("alias", 2)
    expect(await storage.load("real")).toBe(2)
    expect(await storage.list()).toEqual(["alias", "real"])
    expect(await storage.delete("alias")).toBe(true)
    expect(await storage.load("alias")).toBeUndefined()
    expect(await storage.load("real")).toBe(2)
  })
})
