import { PersistError } from "@persist/core"
import { expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const aborted = { code: "ERR_PERSIST_ABORTED", cause: "enough" }

/** A live state whose storage does nothing before `goOn`. */
async function held() {
  const states = new StateManager({ directory: temporaryDirectory() })
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const live = await states.open("live", { initial: { n: 0 }, delay: "1h", onError })
  await live.flush()
  const { promise, resolve: goOn } = Promise.withResolvers<void>()
  const { storage } = states
  let refused: PersistError | undefined
  for (const name of ["save", "loadEntry"] as const) {
    const real = storage[name].bind(storage) as (...call: unknown[]) => Promise<never>
    vi.spyOn(storage, name).mockImplementation(async (...call: unknown[]) => {
      await promise
      if (refused && name === "save") throw refused
      return real(...call)
    })
  }
  const refuse = () => {
    refused = new PersistError("ERR_PERSIST_IO", "no disk")
    return refused
  }
  onTestFinished(async () => {
    refused = undefined
    goOn()
    await states.close()
  })
  return { states, live, goOn, errors, refuse }
}

test.each(["flush", "checkpoint", "reload"] as const)(
  "%s waits no longer than its signal, and what it began goes on",
  async (action) => {
    const { states, live, goOn } = await held()
    const call = (signal: AbortSignal) =>
      action === "checkpoint" ? live.checkpoint("x", { signal }) : live[action]({ signal })
    live.update((draft) => void draft.n++)
    const controller = new AbortController()
    const waiting = call(controller.signal)
    controller.abort("enough")
    await expect(waiting).rejects.toMatchObject(aborted)
    await expect(call(controller.signal)).rejects.toMatchObject(aborted)
    goOn()
    await live.flush().catch(() => {})
    const expected = action === "reload" ? 0 : 1
    expect([live.value.n, await states.loadState("live")]).toEqual([expected, { n: expected }])
    expect(await states.history("live")).toHaveLength(action === "checkpoint" ? 1 : 0)
  },
)

test.each(["flush", "checkpoint"] as const)(
  "a save that fails is told once: to who waits, or where %s was left to onError",
  async (action) => {
    const { live, goOn, errors, refuse } = await held()
    const call = (signal: AbortSignal) =>
      action === "checkpoint" ? live.checkpoint("x", { signal }) : live.flush({ signal })
    live.update((draft) => void draft.n++)
    const refused = refuse()
    const controller = new AbortController()
    const left = call(controller.signal)
    controller.abort("enough")
    await expect(left).rejects.toMatchObject(aborted)
    expect(errors).toEqual([])
    goOn()
    await vi.waitFor(() => expect(errors).toEqual([refused]), 60_000)
    await expect(call(new AbortController().signal)).rejects.toBe(refused)
    expect(errors).toEqual([refused])
  },
)

test("open ends for its signal, which counts for nothing later", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const controller = new AbortController()
  const { signal } = controller
  await using live = await states.open("live", { initial: { n: 0 }, signal })
  controller.abort("enough")
  const again = states.open("live", { initial: { n: 0 }, signal })
  await expect(again).rejects.toMatchObject(aborted)
  live.set({ n: 1 })
  await live.flush()
  expect(await states.loadState("live")).toEqual({ n: 1 })
})

test("signals that are none are refused", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await using live = await states.open("live", { initial: 0 })
  const refused = { code: "ERR_PERSIST_INVALID_OPTION" }
  const options = { signal: "soon" as unknown as AbortSignal }
  const opening = states.open("other", { initial: 0, ...options })
  for (const call of [
    opening,
    live.flush(options),
    live.reload(options),
    live.checkpoint("x", options),
  ])
    await expect(call).rejects.toMatchObject(refused)
})
