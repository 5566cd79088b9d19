import { PersistError } from "@persist/core"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const items = Array.from({ length: 50 }, (_, n) => `item ${n}`)
const later = { n: 10, items }

/** Three managers of one folder, and three checkpoints, each the changes to the one before. */
async function rivals() {
  const directory = temporaryDirectory()
  const managers = [0, 1, 2].map(() => new StateManager({ directory })) as [
    StateManager,
    StateManager,
    StateManager,
  ]
  onTestFinished(async () => {
    vi.restoreAllMocks()
    for (const manager of managers) await manager.close()
  })
  for (const n of [0, 1, 2])
    await managers[0].saveState("shared", { n, items }, { checkpoint: true })
  const ids = (await managers[0].history("shared")).map(({ id }) => id)
  return { managers, ids }
}

describe("A checkpoint", () => {
  test("outlives a thinning that meets another one's mark on what it builds on", async () => {
    const { managers } = await rivals()
    const [states, rival, third] = managers
    const isMarked = Promise.withResolvers<void>()
    const mayGoOn = Promise.withResolvers<void>()
    const update = rival.storage.update.bind(rival.storage)
    vi.spyOn(rival.storage, "update").mockImplementation(async (...call: unknown[]) => {
      const result = await (update as (...call: unknown[]) => Promise<unknown>)(...call)
      isMarked.resolve()
      await mayGoOn.promise
      return result
    })
    let other: Promise<unknown> | undefined
    const list = states.storage.list.bind(states.storage)
    vi.spyOn(states.storage, "list")
      .mockImplementationOnce(list)
      .mockImplementationOnce(async (...call) => {
        const listed = await list(...call)
        await third.saveState("shared", later, { checkpoint: "later" })
        other = rival.thinHistory("shared", { last: 1 })
        await isMarked.promise
        return listed
      })
    await states.thinHistory("shared", { last: 1 })
    expect(await third.loadState("shared", { at: "later" })).toEqual(later)
    mayGoOn.resolve()
    await other
    expect(await third.loadState("shared", { at: "later" })).toEqual(later)
    expect(await third.history("shared")).toMatchObject([{ label: "later" }])
  })

  test("that is put on one which somebody else began to remove meanwhile is made whole", async () => {
    const { managers, ids } = await rivals()
    const [states, rival, third] = managers
    await states.pin("shared", ids[0]!)
    const isRemoving = Promise.withResolvers<void>()
    const mayGoOn = Promise.withResolvers<void>()
    const remove = rival.storage.delete.bind(rival.storage)
    vi.spyOn(rival.storage, "delete").mockImplementation(async (...call) => {
      isRemoving.resolve()
      await mayGoOn.promise
      return remove(...call)
    })
    let other: Promise<unknown> | undefined
    const update = states.storage.update.bind(states.storage)
    vi.spyOn(states.storage, "update").mockImplementation(async (...call: unknown[]) => {
      if (call[0] === ids[2] && other === undefined) {
        await rival.unpin("shared", ids[0]!)
        other = rival.thinHistory("shared", { last: 1 })
        await isRemoving.promise
      }
      return (update as (...call: unknown[]) => Promise<unknown>)(...call)
    })
    await states.thinHistory("shared", { last: 1 })
    mayGoOn.resolve()
    await other
    expect(await third.history("shared")).toMatchObject([{ id: ids[2] }])
    expect(await third.loadState("shared", { at: ids[2]! })).toEqual({ n: 2, items })
  })

  test("keeps its pin though what it builds on goes as it is added", async () => {
    const { managers } = await rivals()
    const [states, rival] = managers
    const save = states.storage.save.bind(states.storage)
    vi.spyOn(states.storage, "save").mockImplementationOnce(async (key, ...rest) => {
      const entry = await save(key, ...rest)
      await rival.saveState("shared", "names no checkpoint")
      await rival.thinHistory("shared", { last: 1 })
      await rival.pin("shared", key)
      return entry
    })
    await states.saveState("shared", later, { checkpoint: true })
    const history = await rival.history("shared")
    expect(history).toMatchObject([{ pinned: true }])
    expect(await rival.loadState("shared", { at: history[0]!.id })).toEqual(later)
  })

  test("is not left without what it builds on by a thinning on a full disk", async () => {
    const { managers, ids } = await rivals()
    const [states, rival] = managers
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
    const refused = new PersistError("ERR_PERSIST_IO", "no space", { cause: full })
    const update = vi.spyOn(states.storage, "update").mockRejectedValue(refused)
    const list = rival.storage.list.bind(rival.storage)
    const remove = states.storage.delete.bind(states.storage)
    vi.spyOn(states.storage, "delete").mockImplementationOnce(async (...call) => {
      // It listed them when the one that goes was the newest.
      vi.spyOn(rival.storage, "list").mockImplementationOnce(async (...call) =>
        (await list(...call)).filter((key) => key <= ids[1]!),
      )
      await rival.saveState("shared", later, { checkpoint: "later" })
      update.mockRestore()
      return remove(...call)
    })
    await states.saveState("shared", { n: 3, items: items.toReversed() }, { checkpoint: true })
    await states.thinHistory("shared", { last: 1 })
    expect(await rival.loadState("shared", { at: "later" })).toEqual(later)
  })

  test("that somebody pins stays though a full disk is being made room on", async () => {
    const { managers, ids } = await rivals()
    const [states, rival] = managers
    await states.saveState("shared", "whole", { checkpoint: true })
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" })
    const refused = new PersistError("ERR_PERSIST_IO", "no space", { cause: full })
    vi.spyOn(states.storage, "update").mockRejectedValueOnce(refused)
    const remove = states.storage.delete.bind(states.storage)
    vi.spyOn(states.storage, "delete").mockImplementationOnce(async (...call) => {
      await rival.pin("shared", ids[2]!)
      return remove(...call)
    })
    await states.thinHistory("shared", { last: 1 })
    expect(await rival.loadState("shared", { at: ids[2]! })).toEqual({ n: 2, items })
  })

  test("of which it cannot be said that it can be read is taken back", async () => {
    const { managers, ids } = await rivals()
    const [states, rival] = managers
    const failure = new Error("no reading")
    const read = states.storage.loadEntry.bind(states.storage)
    vi.spyOn(states.storage, "loadEntry").mockImplementation(async (key, ...rest) => {
      if (key === ids[2]) throw failure
      return read(key, ...rest)
    })
    const saving = states.saveState("shared", later, { checkpoint: "later" })
    await expect(saving).rejects.toBe(failure)
    expect((await rival.history("shared")).map(({ id }) => id)).toEqual(ids)
  })

  test("of which nothing came is taken back though it can neither be made whole nor marked, nor is the newest", async () => {
    const { managers } = await rivals()
    const [states, rival] = managers
    const save = states.storage.save.bind(states.storage)
    vi.spyOn(states.storage, "update").mockRejectedValue(new PersistError("ERR_PERSIST_IO", "no"))
    vi.spyOn(states.storage, "save").mockImplementationOnce(async (key, ...rest) => {
      await rival.saveState("shared", { n: 3, items }, { checkpoint: "later" })
      await rival.thinHistory("shared", { last: 1 })
      return save(key, ...rest)
    })
    await expect(states.saveState("shared", later, { checkpoint: true })).rejects.toThrow("no")
    expect(await rival.history("shared")).toMatchObject([{ label: "later" }])
  })

  test("that came to build on one meanwhile, of which nothing came, is not left without it", async () => {
    const { managers } = await rivals()
    const [states, rival] = managers
    // Two of five parts are changed by each step, so that it is stored as changes; by two steps four, which is whole.
    const parts = (letters: string) => [...letters].map((letter) => letter.repeat(1_000))
    await states.saveState("shared", parts("abcde"), { checkpoint: true })
    vi.spyOn(states.storage, "update").mockRejectedValue(new PersistError("ERR_PERSIST_IO", "no"))
    const save = states.storage.save.bind(states.storage)
    vi.spyOn(states.storage, "save")
      .mockImplementationOnce(async (...call) => {
        await rival.saveState("shared", parts("ABcde"), { checkpoint: "later" })
        return save(...call)
      })
      .mockRejectedValueOnce(new PersistError("ERR_PERSIST_IO", "no"))
    const remove = states.storage.delete.bind(states.storage)
    vi.spyOn(states.storage, "delete").mockImplementationOnce(async (...call) => {
      await rival.thinHistory("shared", { last: 2 })
      return remove(...call)
    })
    const saving = states.saveState("shared", parts("ABCDe"), { checkpoint: true })
    await expect(saving).rejects.toThrow("no")
    expect(await rival.loadState("shared", { at: "later" })).toEqual(parts("ABcde"))
  })

  test("stays where the state came to name it while the history was read to be thinned", async () => {
    const { managers } = await rivals()
    const [states, rival, third] = managers
    const isAdded = Promise.withResolvers<void>()
    const mayGoOn = Promise.withResolvers<void>()
    const save = rival.storage.save.bind(rival.storage)
    vi.spyOn(rival.storage, "save").mockImplementation(async (key, ...rest) => {
      if (key === "shared") {
        isAdded.resolve()
        await mayGoOn.promise
      }
      return save(key, ...rest)
    })
    const saving = rival.saveState("shared", later, { checkpoint: true })
    await isAdded.promise
    await third.saveState("shared", { n: 11, items }, { checkpoint: true })
    const list = states.storage.list.bind(states.storage)
    vi.spyOn(states.storage, "list").mockImplementationOnce(async (...call) => {
      mayGoOn.resolve()
      await saving
      return list(...call)
    })
    await states.thinHistory("shared", { last: 1 })
    const { checkpoint } = (await states.getStateInfo("shared"))!
    expect((await states.history("shared")).map(({ id }) => id)).toContain(checkpoint)
  })

  test("is not called damaged where what it builds on came while they were listed", async () => {
    const { managers, ids } = await rivals()
    const [states] = managers
    const list = states.storage.list.bind(states.storage)
    vi.spyOn(states.storage, "list").mockImplementationOnce(async (...call) =>
      (await list(...call)).filter((key) => key !== ids[0]),
    )
    const history = await states.history("shared")
    expect(history.map(({ id, damaged }) => [id, damaged])).toEqual(
      ids.map((id) => [id, undefined]),
    )
  })
})
