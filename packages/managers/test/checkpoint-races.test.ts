import { PersistError } from "@persist/core"
import { DatabaseStorage } from "@persist/db"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { type Checkpoint, StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const items = Array.from({ length: 50 }, (_, n) => `item ${n}`)

/** Two managers of one folder, and a history of `count` checkpoints of the state `"shared"`, each the changes to the one before. */
async function rivals(count: number) {
  const directory = temporaryDirectory()
  const states = new StateManager({ directory })
  const rival = new StateManager({ directory })
  onTestFinished(async () => {
    vi.restoreAllMocks()
    await states.close()
    await rival.close()
  })
  for (let n = 0; n < count; n++) {
    await states.saveState("shared", { n, items }, { checkpoint: n === count - 2 ? "label" : true })
  }
  return { states, rival, history: await states.history("shared") }
}

async function expectAllThere(states: StateManager, history: readonly Checkpoint[]) {
  for (const { id } of history) {
    expect(await states.loadState("shared", { at: id })).toMatchObject({ items })
  }
}

describe("While retention removes a checkpoint,", () => {
  test.each([
    ["pin", (states: StateManager, id: string) => states.pin("shared", id)],
    ["fork", (states: StateManager, id: string) => states.fork("shared", "other", { at: id })],
  ])("%s promises nothing that will not stay", async (_name, keep) => {
    const { states, rival, history } = await rivals(3)
    const { id } = history[0]!
    const isMarked = Promise.withResolvers<void>()
    const isAnswered = Promise.withResolvers<void>()
    const remove = rival.storage.delete.bind(rival.storage)
    vi.spyOn(rival.storage, "delete").mockImplementation(async (...call) => {
      isMarked.resolve()
      await isAnswered.promise
      return remove(...call)
    })
    let thinning: Promise<unknown> | undefined
    const update = states.storage.update.bind(states.storage)
    vi.spyOn(states.storage, "update").mockImplementation(async (...call: unknown[]) => {
      thinning = rival.thinHistory("shared", { last: 1 })
      await isMarked.promise
      return (update as (...call: unknown[]) => Promise<unknown>)(...call)
    })
    await expect(keep(states, id)).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_FOUND" })
    isAnswered.resolve()
    await thinning
    expect((await rival.history("shared")).map((one) => one.id)).not.toContain(id)
    expect(await rival.stateExists("other")).toBe(false)
  })

  test("another is read whose base builds on it", async () => {
    const { states, rival, history } = await rivals(4)
    const read = states.storage.loadEntry.bind(states.storage)
    vi.spyOn(states.storage, "loadEntry").mockImplementation(async (key, ...rest) => {
      if (key === history[1]!.id) await rival.thinHistory("shared", { last: 1 })
      return read(key, ...rest)
    })
    expect(await states.loadState("shared", { at: history[3]!.id })).toEqual({ n: 3, items })
    expect((await rival.history("shared")).map(({ id }) => id)).toEqual([
      history[2]!.id,
      history[3]!.id,
    ])
  })
})

test("deleting a history leaves nothing that builds on what is gone", async () => {
  const { states, rival } = await rivals(3)
  const remove = rival.storage.delete.bind(rival.storage)
  let n = 3
  vi.spyOn(rival.storage, "delete").mockImplementation(async (key, options) => {
    const isCheckpoint = options?.subfolder?.startsWith("checkpoints/")
    if (isCheckpoint && n < 6)
      await states.saveState("shared", { n: n++, items }, { checkpoint: true })
    return remove(key, options)
  })
  await rival.deleteState("shared", { history: true })
  await expectAllThere(states, await states.history("shared"))
  expect(await states.loadState("shared")).toEqual({ n: 5, items })
})

test("a checkpoint stays of which nobody knows whether its state was written", async () => {
  const { states, rival, history } = await rivals(2)
  const save = states.storage.save.bind(states.storage)
  const doubt = new PersistError("ERR_PERSIST_INDETERMINATE", "No answer came.")
  vi.spyOn(states.storage, "save").mockImplementation(async (key, ...rest) => {
    const entry = await save(key, ...rest)
    if (key === "shared") throw doubt
    return entry
  })
  const saving = states.saveState("shared", { n: 2, items }, { checkpoint: true })
  await expect(saving).rejects.toBe(doubt)
  const { checkpoint } = (await rival.getStateInfo("shared"))!
  expect(await rival.loadState("shared", { at: checkpoint! })).toEqual({ n: 2, items })
  expect(await rival.history("shared")).toHaveLength(history.length + 1)
})

test("so does one of an update", async () => {
  const { states, rival, history } = await rivals(2)
  const update = states.storage.update.bind(states.storage)
  const doubt = new PersistError("ERR_PERSIST_INDETERMINATE", "No answer came.")
  vi.spyOn(states.storage, "update").mockImplementationOnce(async (...call: unknown[]) => {
    await (update as (...call: unknown[]) => Promise<unknown>)(...call)
    throw doubt
  })
  const updating = states.updateState("shared", () => ({ n: 2, items }), { checkpoint: true })
  await expect(updating).rejects.toBe(doubt)
  const { checkpoint } = (await rival.getStateInfo("shared"))!
  expect(await rival.loadState("shared", { at: checkpoint! })).toEqual({ n: 2, items })
  expect(await rival.history("shared")).toHaveLength(history.length + 1)
})

test("a checkpoint goes whose state found no room on the disk, and no room for a mark is left", async () => {
  const { states, rival, history } = await rivals(2)
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
  const save = states.storage.save.bind(states.storage)
  vi.spyOn(states.storage, "update").mockRejectedValue(full)
  vi.spyOn(states.storage, "save").mockImplementation(async (key, ...rest) => {
    if (key === "shared") throw full
    return save(key, ...rest)
  })
  const saving = states.saveState("shared", { n: 2, items }, { checkpoint: true })
  await expect(saving).rejects.toBe(full)
  expect(await rival.history("shared")).toEqual(history)
  vi.mocked(states.storage.save).mockImplementation(async (key, ...rest) => {
    if (key !== "shared") return save(key, ...rest)
    // Somebody wants to keep what is there.
    const newest = (await rival.history("shared")).at(-1)!
    await rival.pin("shared", newest.id)
    throw full
  })
  await expect(states.saveState("shared", 3, { checkpoint: true })).rejects.toBe(full)
  expect(await rival.history("shared")).toHaveLength(history.length + 1)
})

describe("updateState with a checkpoint", () => {
  test("is named by the state, and is of what was stored", async () => {
    const { states } = await rivals(0)
    const shared = { list: [1] }
    const save = states.storage.save.bind(states.storage)
    vi.spyOn(states.storage, "save").mockImplementation(async (...call) => {
      shared.list.push(2)
      return save(...call)
    })
    await states.updateState("shared", () => shared, { checkpoint: "here" })
    expect(await states.loadState("shared")).toEqual({ list: [1] })
    expect(await states.loadState("shared", { at: "here" })).toEqual({ list: [1] })
    const [{ id } = { id: "" }] = await states.history("shared")
    expect(await states.getStateInfo("shared")).toMatchObject({ checkpoint: id, label: "here" })
  })

  test("leaves one where the change ran twice, having met another writer", async () => {
    const { states } = await rivals(0)
    const update = states.storage.update.bind(states.storage)
    type Next = (stored: unknown) => unknown
    vi.spyOn(states.storage, "update").mockImplementationOnce(async (...call: unknown[]) => {
      await (call[1] as Next)({ n: 5 })
      return (update as (...call: unknown[]) => Promise<unknown>)(...call)
    })
    const grow = (state: { n: number } | undefined) => ({ n: (state?.n ?? 0) + 1 })
    expect(await states.updateState("shared", grow, { checkpoint: true })).toEqual({ n: 1 })
    const [{ id } = { id: "" }, ...more] = await states.history("shared")
    expect(more).toEqual([])
    expect(await states.loadState("shared", { at: id })).toEqual({ n: 1 })
  })

  test("changes nothing when it fails", async () => {
    const { states } = await rivals(1)
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
    vi.spyOn(states.storage, "save").mockRejectedValue(full)
    const grow = (state: { n: number } | undefined) => ({ n: state!.n + 1 })
    await expect(states.updateState("shared", grow, { checkpoint: true })).rejects.toBe(full)
    expect(await states.loadState("shared")).toEqual({ n: 0, items })
  })

  test("leaves one for each of those that met in a database, in their order", async () => {
    await using database = new DatabaseStorage(`sqlite:${temporaryDirectory()}/states.db`)
    const storage = await database.storage("states")
    const managers = [new StateManager({ storage }), new StateManager({ storage })]
    const grow = (state: { n: number } | undefined) => ({ n: (state?.n ?? 0) + 1 })
    const updates = Array.from({ length: 12 }, (_, n) =>
      managers[n % 2]!.updateState("shared", grow, { checkpoint: true }),
    )
    await Promise.all(updates)
    const history = await managers[0]!.history("shared")
    const found = history.map(({ id }) => managers[0]!.loadState("shared", { at: id }))
    expect(await Promise.all(found)).toEqual(Array.from({ length: 12 }, (_, n) => ({ n: n + 1 })))
  })
})

test("a fork to a name that is taken leaves no trace", async () => {
  const { states } = await rivals(3)
  await states.saveState("other", 1)
  for (const options of [{}, { at: "label" }]) {
    const forking = states.fork("shared", "other", options)
    await expect(forking).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
  }
  const history = await states.history("shared")
  expect(history).toHaveLength(3)
  expect(history.flatMap(({ forks }) => forks)).toEqual([])
})

test("two writers whose clocks are an hour apart keep no more than so many hours", async () => {
  const directory = temporaryDirectory()
  let now = Date.UTC(2026, 0, 1, 12)
  const clocks = [() => now, () => now - 3_600_000]
  const managers = clocks.map((clock) => new StateManager({ directory, clock }))
  for (let n = 0; n < 20; n++) {
    await managers[n % 2]!.saveState("shared", { n, items }, { checkpoint: true })
    now += 60_000
  }
  const { kept } = await managers[0]!.thinHistory("shared", { hourly: 24 })
  // One of each hour, and the oldest of all.
  expect(kept).toHaveLength(3)
  for (const manager of managers) await manager.close()
})

test("the checkpoint that the state names stays, though another one is newer", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const save = states.storage.save.bind(states.storage)
  vi.spyOn(states.storage, "save")
    .mockImplementationOnce(save)
    .mockImplementationOnce(async (...call) => {
      // Its checkpoint is added behind ours, its state is written before ours.
      await states.saveState("app", { n: 2 }, { checkpoint: true })
      return save(...call)
    })
  await states.saveState("app", { n: 1 }, { checkpoint: true })
  const info = await states.getStateInfo("app")
  const [ours, theirs] = await states.history("app")
  expect(info?.checkpoint).toBe(ours!.id)
  const { kept, removed } = await states.thinHistory("app", { last: 1 })
  expect(kept.map(({ reasons }) => reasons)).toEqual([["current"], ["newest", "last"]])
  expect(removed).toEqual([])
  expect(await states.loadState("app", { at: info!.checkpoint! })).toEqual({ n: 1 })
  await states.saveState("app", { n: 3 })
  expect((await states.thinHistory("app", { last: 1 })).removed).toEqual([ours])
  expect(await states.history("app")).toEqual([theirs])
})
