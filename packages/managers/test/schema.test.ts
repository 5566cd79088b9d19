import { readFileSync } from "node:fs"
import { join } from "node:path"
import { runInNewContext } from "node:vm"
import { describe, expect, expectTypeOf, test } from "vitest"
import { z } from "zod"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const schema = z.object({ level: z.number(), name: z.string().default("nobody") })

describe("StateManager with a schema", () => {
  test("types and validates what is saved and loaded", async () => {
    await using states = new StateManager({ directory: temporaryDirectory(), schema })
    await states.saveState("game", { level: 1 })
    const loaded = await states.loadState("game")
    expectTypeOf(loaded).toEqualTypeOf<{ level: number; name: string } | undefined>()
    expect(loaded).toEqual({ level: 1, name: "nobody" })
    // @ts-expect-error: a level is a number
    const wrong = states.saveState("game", { level: "high" })
    await expect(wrong).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
      message: expect.stringContaining("$.level"),
      details: { issues: [{ path: ["level"] }] },
    })
    const worse = states.updateState("game", () => ({ level: null }) as never)
    await expect(worse).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
    expect(await states.loadState("game")).toEqual({ level: 1, name: "nobody" })
  })
})

test("a schema may answer with a promise of another context, as Node's are where Jest runs a test", async () => {
  const later = runInNewContext("Promise.resolve({ issues: [{ message: 'never' }] })")
  const refusing = { "~standard": { version: 1, vendor: "test", validate: () => later } } as const
  await using states = new StateManager({ directory: temporaryDirectory(), schema: refusing })
  await expect(states.saveState("game", {})).rejects.toMatchObject({
    code: "ERR_PERSIST_VALIDATION",
  })
  expect(await states.stateExists("game")).toBe(false)
})

test.each([
  ["at once", z.object({ items: z.array(z.number()) })],
  ["later", z.object({ items: z.array(z.number()) }).refine(async () => true)],
])(
  "what is saved is the data as it was at the call, though a schema answers %s",
  async (_, schema) => {
    await using states = new StateManager({ directory: temporaryDirectory(), schema })
    const data = { items: [1] }
    const saving = states.saveState("game", data)
    ;(data.items as unknown[]).push("never checked")
    await saving
    expect(await states.loadState("game")).toEqual({ items: [1] })
  },
)

test("what a schema that answers later refuses is not saved, by no way", async () => {
  const later = z.object({ level: z.number() }).refine(async ({ level }) => level < 10)
  await using states = new StateManager({ directory: temporaryDirectory(), schema: later })
  const wrong = { code: "ERR_PERSIST_VALIDATION" }
  const tooHigh = { level: 10 }
  for (const checkpoint of [false, true]) {
    const saved = states.saveState("game", tooHigh, { checkpoint })
    await expect(saved).rejects.toMatchObject(wrong)
    const updated = states.updateState("game", () => tooHigh, { checkpoint })
    await expect(updated).rejects.toMatchObject(wrong)
  }
  const live = await states.open("game", { initial: tooHigh, delay: "1h" })
  await expect(live.flush()).rejects.toMatchObject(wrong)
  await expect(live.checkpoint()).rejects.toMatchObject(wrong)
  expect(() => live.flushSync()).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_UNSUPPORTED" }),
  )
  expect(await states.stateExists("game")).toBe(false)
  expect(await states.history("game")).toEqual([])
  live.set({ level: 1 })
})

describe("StateManager with versions", () => {
  const one = z.object({ score: z.number() })
  const two = z.object({ points: z.number() })
  const rename = (data: unknown) => ({ points: (data as { score: number }).score })

  test("upgrades an old state once, keeps a backup, and refuses a newer one", async () => {
    const directory = temporaryDirectory()
    const old = new StateManager({ directory, schema: one, version: 1 })
    await old.saveState("game", { score: 5 }, { checkpoint: "old" })
    const now = new StateManager({ directory, schema: two, version: 2, migrate: { 2: rename } })
    expect(await now.loadState("game")).toEqual({ points: 5 })
    const path = join(directory, "states/game.json")
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ points: 5, _version: 2 })
    expect(await now.storage.backups("game", { subfolder: "states" })).toHaveLength(1)
    expect(await now.loadState("game", { at: "old" })).toEqual({ points: 5 })
    await expect(old.loadState("game")).rejects.toMatchObject({ code: "ERR_PERSIST_NEWER" })
    expect(await now.updateState("game", (current) => ({ points: current!.points + 1 }))).toEqual({
      points: 6,
    })
    await old.close()
    await now.close()
  })

  test("a live state keeps the version, saved at once and by itself, and leaves one that a program without it found", async () => {
    const directory = temporaryDirectory()
    const stored = () => JSON.parse(readFileSync(join(directory, "states/game.json"), "utf8"))
    for (const version of [2, undefined]) {
      await using states = new StateManager({
        directory,
        ...(version && { version, migrate: { 2: rename } }),
      })
      await using live = await states.open("game", { initial: { points: 0 }, delay: "1h" })
      for (const flush of [() => live.flushSync(), () => live.flush()]) {
        live.update((draft) => void draft.points++)
        await flush()
        expect(stored()).toMatchObject({ points: live.value.points, _version: 2 })
      }
    }
  })

  test("a failed step leaves the old state untouched and says so", async () => {
    const directory = temporaryDirectory()
    await using old = new StateManager({ directory })
    await old.saveState("game", { score: 5 })
    const path = join(directory, "states/game.json")
    const before = readFileSync(path, "utf8")
    const broken = () => {
      throw new Error("no way")
    }
    const migrate = { 2: broken }
    await using now = new StateManager({ directory, version: 2, migrate })
    await expect(now.loadState("game", { default: {} })).rejects.toMatchObject({
      code: "ERR_PERSIST_MIGRATION",
      cause: { message: "no way" },
      details: { found: 0, step: 2 },
    })
    await using invalid = new StateManager({
      directory,
      version: 2,
      migrate: { 2: rename },
      schema: one,
    })
    await expect(invalid.loadState("game")).rejects.toMatchObject({
      code: "ERR_PERSIST_VALIDATION",
    })
    expect(readFileSync(path, "utf8")).toBe(before)
    expect(() => new StateManager({ directory, version: 3, migrate })).toThrow(/migrate\[3\]/)
  })
})
