import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Serializer } from "@persist/core"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../../../.ci/seeded-random.ts"
import { type DiskState, materialize, powerCuts } from "../../../atomic/test/support/power-cut.ts"
import { Recording } from "../../../atomic/test/support/recording-file-system.ts"
import { FileStorage, type FileStorageOptions } from "../../src/index.ts"
import { temporaryFolder } from "../temporary-folder.ts"

/** Numbers as text: a second format beside JSON. */
class TextSerializer extends Serializer<number> {
  readonly fileExtension = ".txt"
  encode(value: number): Uint8Array {
    return Buffer.from(String(value))
  }
  decode(bytes: Uint8Array): number {
    return Number(Buffer.from(bytes).toString())
  }
}

const text = { serializer: new TextSerializer() }

function record(options: FileStorageOptions = {}) {
  const root = temporaryFolder()
  const recording = new Recording()
  const { fileSystem } = recording
  const storage = new FileStorage({ directory: join(root, "data"), fileSystem, ...options })
  const states = () =>
    powerCuts(recording.operations, { root, random: seededRandom(1), exhaustive: 3 })
  return { storage, recording, states }
}

function valueIn(state: DiskState, name: string): unknown {
  const bytes = state.files.get(join("data", name))
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString())
}

/** Starts a storage on what a power cut left. */
function reopen(state: DiskState): FileStorage {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  // Locks name their process and its kernel; after a real power cut both are gone, here they live on.
  const files = new Map([...state.files].filter(([name]) => !name.endsWith(".lock")))
  materialize({ ...state, files }, folder)
  return new FileStorage({ directory: join(folder, "data"), durability: "none" })
}

describe("a power cut after any step", () => {
  test("leaves the old value or the new, and never loses an acknowledged one", async () => {
    const { storage, recording, states } = record()
    for (let number = 1; number <= 4; number++) {
      await storage.save("deep/states/game", number)
      recording.mark(String(number))
    }
    for (let number = 5; number <= 7; number++) {
      await storage.update<number>("deep/states/game", (current) => current! + 1)
      recording.mark(String(number))
    }
    let count = 0
    const seen = new Set<unknown>()
    for (const state of states()) {
      count++
      const value = valueIn(state, "deep/states/game.json") ?? 0
      const acknowledged = Number(state.notes.at(-1) ?? 0)
      const where = `${value} after ${state.after}, ${state.kept}, acknowledged ${acknowledged}`
      expect(value === acknowledged || value === acknowledged + 1, where).toBe(true)
      seen.add(value)
    }
    expect([...seen]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(count).toBeGreaterThan(300)
  })

  test("loses none of many keys that are saved at once", async () => {
    const { storage, recording, states } = record()
    const keys = Array.from({ length: 10 }, (_, index) => `folder${index % 3}/key${index}`)
    await Promise.all(
      keys.map(async (key) => {
        await storage.save(key, key)
        recording.mark(key)
      }),
    )
    const wrong: string[] = []
    for (const state of states()) {
      for (const key of keys) {
        const value = valueIn(state, `${key}.json`)
        const isRight = value === undefined ? !state.notes.includes(key) : value === key
        if (!isRight) wrong.push(`${key} after ${state.after}, ${state.kept}`)
      }
    }
    expect(wrong).toEqual([])
  })

  const kept = { version: true, backup: true } as const
  test.each([
    ["save", (storage: FileStorage, number: number) => storage.save("a", number, kept)],
    [
      "saveSync",
      async (storage: FileStorage, number: number) => storage.saveSync("a", number, kept),
    ],
  ])(
    "loses no version or backup that %s acknowledged, and no old one before the new is safe",
    async (_name, save) => {
      const { storage, recording, states } = record({ keep: { versions: 2, backups: 2 } })
      const acknowledged: { readonly version: string; readonly backup?: string }[] = []
      for (let number = 1; number <= 5; number++) {
        const { version, backup } = await save(storage, number)
        acknowledged.push({ version: version!, ...(backup && { backup }) })
        recording.mark(String(number))
      }
      const wrong: string[] = []
      for (const state of states()) {
        const done = Number(state.notes.at(-1) ?? 0)
        const where = `after ${state.after}, ${state.kept}, acknowledged ${done}`
        const value = Number(valueIn(state, "a.json") ?? 0)
        if (value !== done && value !== done + 1) wrong.push(`value ${value} ${where}`)
        // The two newest that were acknowledged, unless the next save has made one of them old.
        for (const { version, backup } of acknowledged.slice(Math.max(0, done - 1), done)) {
          const copies = [
            `versions/a/${version}.json`,
            ...(backup === undefined ? [] : [`backups/a/${backup}.json`]),
          ]
          for (const copy of copies) {
            if (valueIn(state, join(".persist", copy)) === undefined) wrong.push(`${copy} ${where}`)
          }
        }
      }
      expect(wrong).toEqual([])
    },
  )

  test.each([
    ["save", async (storage: FileStorage, number: number) => storage.save("deep/a", number, text)],
    [
      "saveSync",
      async (storage: FileStorage, number: number) => storage.saveSync("deep/a", number, text),
    ],
  ])("brings back no file whose format %s has replaced", async (_name, save) => {
    const { storage, recording, states } = record({ serializers: [text.serializer] })
    await storage.save("deep/a", 1)
    await save(storage, 2)
    recording.mark("replaced")
    await storage.delete("deep/a")
    let count = 0
    for (const state of states()) {
      if (state.notes.length === 0) continue
      count++
      expect(valueIn(state, "deep/a.json"), `after ${state.after}, ${state.kept}`).toBe(undefined)
    }
    expect(count).toBeGreaterThan(2)
  })

  test("leaves no value without the fencing mark that it came with", async () => {
    const { storage, recording, states } = record()
    for (let token = 1; token <= 3; token++) {
      await storage.save("deep/a", token, { fence: token })
      recording.mark(String(token))
    }
    await storage.delete("deep/a", { fence: 4 })
    recording.mark("4")
    const marks = new Set<number>()
    for (const state of states()) {
      const text = state.files.get(join("data", ".persist/fences/deep/a/mark.txt"))
      const mark = Number(text === undefined ? 0 : Buffer.from(text).toString())
      const acknowledged = Number(state.notes.at(-1) ?? 0)
      const value = Number(valueIn(state, "deep/a.json") ?? 0)
      const where = `mark ${mark}, value ${value}, ${state.after}, acknowledged ${acknowledged}`
      expect(mark >= value && mark >= acknowledged, where).toBe(true)
      marks.add(mark)
    }
    expect([...marks]).toEqual([0, 1, 2, 3, 4])
  })

  test("leaves a storage that opens, has nothing damaged and goes on", async () => {
    const { storage, recording, states } = record()
    await storage.save("a", 1)
    recording.mark("1")
    await storage.save("a", 2, { version: true, backup: true })
    recording.mark("2")
    await storage.save("b".repeat(300), 2)
    await storage.delete("a")
    recording.mark("deleted")
    const random = seededRandom(2)
    let opened = 0
    for (const state of states()) {
      if (random() > 0.08) continue
      opened++
      const again = reopen(state)
      const { problems } = await again.verify()
      expect(problems).toEqual([])
      const expected = [[undefined, 1], [1, 2], [2, undefined], [undefined]][state.notes.length]!
      expect(expected).toContain(await again.load("a"))
      await again.save("a", "next", { ifRevision: (await again.stat("a"))?.revision ?? null })
      await again.update("a", () => "after")
      expect(await again.load("a")).toBe("after")
      await again.close()
    }
    expect(opened).toBeGreaterThan(10)
  })

  test("is shown to lose what is not synced, so that these checks can fail", async () => {
    const { storage, recording, states } = record({ durability: "file" })
    await storage.save("a", 1)
    recording.mark("1")
    const values = [...states()].map((state) => [state.notes.length, valueIn(state, "a.json")])
    expect(values).toContainEqual([1, undefined])
  })
})
