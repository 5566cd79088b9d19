import { readFileSync } from "node:fs"
import { join } from "node:path"
import { JsonSerializer } from "@persist/core"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { interferingFileSystem } from "../../atomic/test/support/interfering-file-system.ts"
import { FileStorage } from "../src/index.ts"
import { leftovers } from "../torture/leftovers.ts"
import { temporaryFolder } from "./temporary-folder.ts"

// More than the encoder copies, and than is synced in place.
const count = 2_000

interface Large {
  name: string
  rows: Record<string | symbol, unknown>[]
  tail: unknown[]
}

function large(name: string): Large {
  const rows = Array.from({ length: count }, (_, index) => ({ index, text: "0123456789" }))
  return { name, rows, tail: [] }
}

/** What JSON would drop without a word. */
const spoilers = {
  "a symbol for a key": (value: Large) => {
    value.rows[count - 1]![Symbol("hidden")] = 1
  },
  "a name beside an array's elements": (value: Large) => {
    Object.assign(value.tail, { name: 1 })
  },
  "a symbol beside the elements of a long array": (value: Large) => {
    Object.assign(value.rows, { [Symbol("hidden")]: 1 })
  },
} satisfies Record<string, (value: Large) => void>

function spoilt(name: string, spoil: (value: Large) => void = spoilers["a symbol for a key"]) {
  const value = large(name)
  spoil(value)
  return value
}

/** A storage whose serializer has written as much before. */
async function warm(fileSystem = interferingFileSystem(() => undefined)) {
  const directory = join(temporaryFolder(), "data")
  const storage = new FileStorage({ directory, fileSystem })
  for (const name of ["first", "second"]) await storage.save("a", large(name))
  return { storage, directory, file: join(directory, "a.json") }
}

beforeAll(() => {
  new JsonSerializer().encode("x".repeat(2 ** 23))
})

describe("FileStorage.save of a large value", () => {
  test("looks for what JSON would drop when the bytes are written already, and before anybody else runs", async () => {
    const calls: string[] = []
    const { storage } = await warm(
      interferingFileSystem(({ name }) => {
        calls.push(name)
        return undefined
      }),
    )
    const value = large("new")
    const seen: string[] = []
    value.rows[0] = new Proxy(value.rows[0]!, {
      ownKeys(target) {
        seen.push(calls.includes("writeSync") ? "after" : "before")
        return Reflect.ownKeys(target)
      },
    })
    calls.length = 0
    const saving = storage.save("a", value)
    // Once for the keys, once for the symbols.
    expect(seen).toEqual(["before", "after"])
    expect(calls).not.toContain("renameSync")
    await saving
    expect(await storage.load("a")).toMatchObject({ name: "new" })
  })

  test.for(Object.entries(spoilers))("refuses %s, and the file stays", async ([_, spoil]) => {
    const { storage, directory, file } = await warm()
    const before = readFileSync(file)
    const saving = storage.save("a", spoilt("new", spoil), { backup: true, version: true })
    await expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE", key: "a" })
    await expect(saving).rejects.toThrow(/^Cannot save "a": \$\.(rows|tail)/)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect([await storage.versions("a"), await storage.backups("a")]).toEqual([[], []])
    await storage.save("a", large("newer"))
    expect(await storage.load("a")).toMatchObject({ name: "newer" })
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })

  test("refuses what throws while it is searched, as any value that throws", async () => {
    const { storage, file } = await warm()
    const before = readFileSync(file)
    const value = large("new")
    let looks = 0
    value.rows[1] = new Proxy(value.rows[1]!, {
      ownKeys(target) {
        // The first look is for the keys.
        if (++looks > 1) throw new RangeError("no further look")
        return Reflect.ownKeys(target)
      },
    })
    await expect(storage.save("a", value)).rejects.toMatchObject({
      code: "ERR_PERSIST_ENCODE",
      key: "a",
      message: expect.stringContaining("no further look"),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test("asks a value that the encoder leaves to the writer for its parts twice, not three times", async () => {
    const { storage } = await warm()
    const value: Record<string, unknown> & Large = { ...large("new") }
    let deep: unknown[] = []
    for (let level = 0; level < 600; level++) deep = [deep]
    let reads = 0
    Object.defineProperty(value, "name", { enumerable: true, get: () => `read ${++reads}` })
    value.deep = deep
    await storage.save("a", value)
    expect(reads).toBe(2)
    expect(await storage.load("a")).toMatchObject({ name: "read 2", deep })
  })

  test.for(["a", "b/c"])(
    "refuses what the encoder leaves to the writer, and names %s",
    async (key) => {
      const { storage } = await warm()
      await storage.save(key, large("old"))
      const value = { ...large("new"), when: new Date(0) }
      await expect(storage.save(key, value)).rejects.toMatchObject({
        code: "ERR_PERSIST_ENCODE",
        key,
        message: expect.stringMatching(/^Cannot save "(a|b\/c)": \$\.when /),
      })
      expect(await storage.load(key)).toMatchObject({ name: "old" })
    },
  )

  test("takes the value as it is at the call", async () => {
    const { storage } = await warm()
    const value = large("new")
    const saving = storage.save("a", value)
    spoilers["a symbol for a key"](value)
    await saving
    expect(await storage.load("a")).toEqual(large("new"))
  })

  test("asks the encode of a class that has its own", async () => {
    class Refusing extends JsonSerializer {
      override encode(value: unknown): Uint8Array {
        if ((value as Large).name === "new") throw new TypeError("not this one")
        return super.encode(value)
      }
    }
    const { storage } = await warm()
    const serializer = new Refusing()
    for (const name of ["third", "fourth"]) await storage.save("a", large(name), { serializer })
    await expect(storage.save("a", large("new"), { serializer })).rejects.toThrow("not this one")
    expect(await storage.load("a")).toMatchObject({ name: "fourth" })
  })

  test("lets every sequence of good and refused saves end with the last good one", async () => {
    const { storage, directory } = await warm()
    const turn = () => new Promise(setImmediate)
    const step = fc.constantFrom("good", "refused", "small", "turn")
    let number = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        let last = `${++number}`
        await storage.save("a", large(last))
        const outcomes: Promise<unknown>[] = []
        for (const kind of steps) {
          const name = `${++number}`
          if (kind === "turn") await turn()
          else if (kind === "refused") {
            const saving = storage.save("a", spoilt(name))
            outcomes.push(expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_ENCODE" }))
          } else {
            const value = kind === "good" ? large(name) : { name }
            outcomes.push(storage.save("a", value))
            last = name
          }
        }
        await Promise.all(outcomes)
        expect(await storage.load("a")).toMatchObject({ name: last })
      }),
      { numRuns: 25, seed: 12_001 },
    )
    await storage.close()
    expect(leftovers(directory)).toEqual([])
  })
})
