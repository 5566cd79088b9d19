import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { JsonSerializer, PersistError } from "@persist/core"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../.ci/seeded-random.ts"
import { FileStorage } from "../src/index.ts"
import { temporaryFolder } from "./temporary-folder.ts"

function open(): FileStorage {
  return new FileStorage({ directory: join(temporaryFolder(), "data"), durability: "none" })
}

/** Writes bytes as a failing disk would: long ago, so that nobody takes them for an edit under way. */
function damage(path: string, bytes: string | Uint8Array): void {
  writeFileSync(path, bytes)
  utimesSync(path, 1e9, 1e9)
}

function quarantined(storage: FileStorage, key: string): string[] {
  const folder = join(storage.directory, ".persist", "quarantine", key)
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"))
}

describe("FileStorage, damaged", () => {
  test("gives a valid value or an error for a file cut at any length", async () => {
    for (const hasBackup of [true, false]) {
      const storage = open()
      await storage.save("a", { old: "value" })
      const { path } = await storage.save("a", { new: ["value", 1, true] }, { backup: hasBackup })
      const whole = readFileSync(path!)
      for (let length = 0; length < whole.length; length++) {
        damage(path!, whole.subarray(0, length))
        const found = await storage
          .loadEntry("a", { default: "default" })
          .catch((error: unknown) => error)
        if (hasBackup) {
          expect(found).toMatchObject({ value: { old: "value" } })
          expect((found as { entry: { recovered: { kind: string } } }).entry.recovered.kind).toBe(
            "backup",
          )
        } else if (PersistError.is(found)) expect(found.code).toBe("ERR_PERSIST_CORRUPT")
        // Only the end of the line was cut.
        else expect(found).toMatchObject({ value: { new: ["value", 1, true] } })
      }
    }
  })

  test("never gives bytes that do not parse for a file with a bit turned over", async () => {
    const random = seededRandom(1)
    const storage = open()
    const { path } = await storage.save("a", { text: "x".repeat(50), list: [1, 2, 3] })
    const whole = readFileSync(path!)
    const json = new JsonSerializer()
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(whole)
      const place = Math.floor(random() * bytes.length)
      bytes[place]! ^= 1 << Math.floor(random() * 8)
      damage(path!, bytes)
      const found = await storage.load("a", { default: "default" }).catch((error: unknown) => error)
      if (PersistError.is(found)) expect(found.code).toBe("ERR_PERSIST_CORRUPT")
      // Such an edit parses, as one by hand would.
      else expect(found).toEqual(json.decode(bytes))
    }
  })

  test("recovers from the newest version that is itself whole", async () => {
    const storage = open()
    const first = await storage.save("a", 1, { version: true })
    const second = await storage.save("a", 2, { version: true })
    const folder = join(storage.directory, ".persist", "versions", "a")
    expect(readdirSync(folder)).toHaveLength(2)
    damage(join(folder, `${second.version}.json`), "{")
    damage(second.path!, "{")
    const found = await storage.loadEntry("a")
    expect(found?.value).toBe(1)
    expect(found?.entry.recovered?.from).toBe(first.version)
    expect(await storage.load("a")).toBe(1)
    await expect(storage.load("a", { version: second.version! })).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
    })
  })

  test("keeps damaged bytes once, and only so many", async () => {
    const storage = open()
    const { path } = await storage.save("a", 1)
    for (let round = 0; round < 5; round++) {
      damage(path!, "same damage")
      await expect(storage.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    }
    expect(quarantined(storage, "a")).toEqual(["same damage"])
    expect(readFileSync(path!, "utf8")).toBe("same damage")
    for (let round = 0; round < 25; round++) {
      damage(path!, `damage ${round}`)
      await expect(storage.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    }
    expect(quarantined(storage, "a")).toHaveLength(10)
    expect(quarantined(storage, "a")).toContain("damage 24")
  })

  test("keeps the newest damage, though the clock was set back since the others", async () => {
    const storage = open()
    const { path } = await storage.save("a", 1)
    const folder = join(storage.directory, ".persist", "quarantine", "a")
    for (let round = 0; round < 12; round++) {
      damage(path!, `damage ${round}`)
      await expect(storage.load("a")).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
      expect(quarantined(storage, "a")).toContain(`damage ${round}`)
      for (const name of readdirSync(folder)) utimesSync(join(folder, name), 9e9, 9e9)
    }
    expect(quarantined(storage, "a")).toHaveLength(10)
  })

  test("mends once when many recover at the same time", async () => {
    const storage = open()
    await storage.save("a", 1)
    const { path } = await storage.save("a", 2, { backup: true })
    damage(path!, "{")
    const others = Array.from(
      { length: 6 },
      () => new FileStorage({ directory: storage.directory, durability: "none" }),
    )
    const values = await Promise.all(others.flatMap((other) => [other.load("a"), other.load("a")]))
    expect(values).toEqual(values.map(() => 1))
    expect(quarantined(storage, "a")).toEqual(["{"])
    expect(await storage.backups("a")).toHaveLength(1)
    expect(readdirSync(dirname(path!))).toEqual([".persist", "a.json"])
  })

  test.each(["none", "full"] as const)(
    "makes no backup of damaged bytes, but sets them aside: durability %s",
    async (durability) => {
      const { directory } = open()
      await using storage = new FileStorage({ directory, durability })
      await storage.save("a", 1)
      const { path } = await storage.save("a", 2, { backup: true })
      damage(path!, "{")
      const entry = await storage.save("a", 3, { backup: true })
      expect(entry.backup).toBeUndefined()
      expect(quarantined(storage, "a")).toEqual(["{"])
      damage(path!, "{")
      await storage.delete("a", { backup: true })
      damage(path!, "[")
      storage.saveSync("a", 4, { backup: true })
      expect(quarantined(storage, "a").sort()).toEqual(["[", "{"])
      const [backup, ...others] = await storage.backups("a")
      expect(await storage.load("a", { version: backup!.id })).toBe(1)
      expect(others).toEqual([])
    },
  )

  test("updates no damaged value whose bytes cannot be set aside", async () => {
    const storage = open()
    await storage.save("a", 1)
    const { path } = await storage.save("a", 2, { backup: true })
    damage(path!, "{")
    writeFileSync(join(storage.directory, ".persist", "quarantine"), "a file in the folder's place")
    const updated = storage.update<number>("a", (current) => current! + 10)
    await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_IO", key: "a", path })
    expect(readFileSync(path!, "utf8")).toBe("{")
    expect(await storage.load("a")).toBe(1)
  })

  test("waits for an editor that has emptied the file and not filled it yet", async () => {
    const storage = open()
    await storage.save("a", 1)
    const { path } = await storage.save("a", 2, { backup: true })
    const descriptor = openSync(path!, "w")
    const loaded = storage.loadEntry("a")
    setTimeout(() => {
      writeSync(descriptor, "3")
      closeSync(descriptor)
    }, 15)
    const found = await loaded
    expect(found?.value).toBe(3)
    expect(found?.entry.recovered).toBeUndefined()
    expect(() => quarantined(storage, "a")).toThrow("ENOENT")
  })

  test("takes an edit by hand that parses for what it is", async () => {
    const storage = open()
    const { path } = await storage.save("a", 1, { backup: true })
    damage(path!, ' { "by": "hand" } ')
    const found = await storage.loadEntry("a")
    expect(found?.value).toEqual({ by: "hand" })
    expect(found?.entry.recovered).toBeUndefined()
  })

  test("goes on from a recovered value in an update", async () => {
    const storage = open()
    await storage.save("a", 1)
    const { path } = await storage.save("a", 2, { backup: true })
    damage(path!, "{")
    expect(await storage.update<number>("a", (current) => current! + 10)).toBe(11)
    expect(await storage.load("a")).toBe(11)
    damage((await storage.save("b", 1)).path!, "{")
    await expect(storage.update<number>("b", () => 2, { default: 0 })).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
    })
  })
})
