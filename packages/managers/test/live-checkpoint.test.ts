import { describe, expect, test } from "vitest"
import { z } from "zod"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const initial = { n: 0 }

describe("LiveState.checkpoint", () => {
  test("is of the value at the call, whatever comes after it, and in the order of the calls", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    const made: Promise<string>[] = []
    for (let n = 1; n <= 5; n++) {
      live.set({ n })
      made.push(live.checkpoint(`at ${n}`))
      live.set({ n: n + 0.5 })
    }
    const ids = await Promise.all(made)
    await live.flush()
    expect(await states.loadState("live")).toEqual({ n: 5.5 })
    const history = await states.history("live")
    expect(history.map(({ label }) => label)).toEqual(["at 1", "at 2", "at 3", "at 4", "at 5"])
    expect(history.map(({ id }) => id)).toEqual(ids)
    for (let n = 1; n <= 5; n++) {
      expect(await states.loadState("live", { at: `at ${n}` })).toEqual({ n })
      expect(await states.loadState("live", { at: ids[n - 1]! })).toEqual({ n })
    }
  })

  test("saves what is pending, and the state names it", async () => {
    await using states = new StateManager({ directory: temporaryDirectory(), version: 1 })
    await using live = await states.open("live", { initial, delay: "1h" })
    live.set({ n: 1 })
    const checkpoint = await live.checkpoint("before deploy")
    expect(live.isDirty).toBe(false)
    const info = { checkpoint, label: "before deploy", version: 1 }
    expect(await states.getStateInfo("live")).toMatchObject(info)
    expect(await states.history("live")).toMatchObject([{ label: "before deploy", version: 1 }])
    const again = await live.checkpoint()
    expect(await states.history("live")).toHaveLength(2)
    expect(await states.loadState("live", { at: again })).toEqual({ n: 1 })
    live.set({ n: 2 })
    await live.flush()
    expect((await states.getStateInfo("live"))?.checkpoint).toBe(undefined)
  })

  test("never takes the stored state back behind what was flushed", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: 0 })
    const stored = () =>
      states.storage.loadSync<{ n: number }>("live", { subfolder: "states" })?.n ?? 0
    const checkpoints: Promise<unknown>[] = []
    for (let n = 1; n <= 60; n++) {
      live.set({ n })
      if (n % 2 === 0) checkpoints.push(live.checkpoint(String(n)))
      if (n % 3 === 0) live.set({ n: n + 0.5 })
      const { n: now } = live.value
      if (n % 5 === 0) live.flushSync()
      if (n % 7 === 0) await live.flush()
      if (n % 5 === 0 || n % 7 === 0) expect(stored()).toBeGreaterThanOrEqual(now)
    }
    await Promise.all(checkpoints)
    await live.flush()
    expect(stored()).toBe(60.5)
    const history = await states.history("live")
    expect(history).toHaveLength(30)
    for (const { id, label } of history) {
      expect(await states.loadState("live", { at: id })).toEqual({ n: Number(label) })
    }
  })

  test("fails as a flush does when somebody else saved the state, and there is no checkpoint then", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const live = await states.open("live", { initial, delay: "1h" })
    await live.flush()
    await states.saveState("live", { n: 100 })
    await expect(live.checkpoint("mine")).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(await states.history("live")).toEqual([])
    expect(await states.loadState("live")).toEqual({ n: 100 })
    await live.reload()
    await live.checkpoint("theirs")
    expect(await states.loadState("live", { at: "theirs" })).toEqual({ n: 100 })
    await live.close()
  })

  test("is of what merge joins, each of its own value", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const merge = (mine: string[], theirs: string[]) => [...new Set([...theirs, ...mine])]
    const options = { initial: [] as string[], delay: "1h", merge } as const
    await using one = await states.open<string[]>("live", options)
    await using two = await states.open<string[]>("live", options)
    one.set(["one"])
    await one.flush()
    two.set(["two"])
    const made = two.checkpoint("two")
    two.update((draft) => void draft.push("more"))
    await made
    await two.flush()
    expect(await states.loadState("live", { at: "two" })).toEqual(["one", "two"])
    expect(await states.loadState("live")).toEqual(["one", "two", "more"])
    expect(two.value).toEqual(["one", "two", "more"])
  })

  test("takes nothing back of what merge joined while others waited for their turn", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const merge = (mine: string[], theirs: string[]) => [...new Set([...theirs, ...mine])]
    const options = { initial: [] as string[], delay: "1h", merge } as const
    await using live = await states.open<string[]>("live", options)
    await live.flush()
    await states.saveState("live", ["theirs"])
    live.set(["mine"])
    await Promise.all([live.checkpoint("one"), live.checkpoint("two")])
    for (const at of [undefined, "one", "two"]) {
      expect(await states.loadState("live", at ? { at } : {})).toEqual(["theirs", "mine"])
    }
    await states.saveState("live", ["other"])
    live.set(["mine"])
    const flushed = live.flush()
    const three = live.checkpoint("three")
    await Promise.all([flushed, three])
    expect(await states.loadState("live", { at: "three" })).toEqual(["other", "mine"])
  })

  test("is of the value at the call though the state was deleted meanwhile", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const options = { initial, delay: "1h", merge: (mine: { n: number }) => mine } as const
    await using live = await states.open("live", options)
    await live.flush()
    await states.deleteState("live")
    live.set({ n: 1 })
    const made = live.checkpoint("one")
    live.set({ n: 2 })
    await made
    await live.flush()
    expect(await states.loadState("live", { at: "one" })).toEqual({ n: 1 })
    expect(await states.loadState("live")).toEqual({ n: 2 })
  })

  test("comes before a reload that is asked for after it", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await using live = await states.open("live", { initial, delay: "1h" })
    live.set({ n: 1 })
    const made = [live.checkpoint("one"), live.checkpoint("two"), live.checkpoint("three")]
    expect(await live.reload()).toEqual({ n: 1 })
    expect((await states.history("live")).map(({ label }) => label)).toEqual([
      "one",
      "two",
      "three",
    ])
    await Promise.all(made)
    live.set({ n: 2 })
    await live.flush()
    expect(await states.loadState("live")).toEqual({ n: 2 })
  })

  test("refuses what does not fit the schema, what has no label, and what comes too late", async () => {
    const schema = z.object({ n: z.number() })
    await using states = new StateManager({ directory: temporaryDirectory(), schema })
    const live = await states.open("live", { initial, delay: "1h" })
    live.set({ n: "one" as never })
    await expect(live.checkpoint()).rejects.toMatchObject({ code: "ERR_PERSIST_VALIDATION" })
    live.set({ n: 1 })
    for (const label of ["", null, 7, {}]) {
      await expect(live.checkpoint(label as never)).rejects.toMatchObject({
        code: "ERR_PERSIST_INVALID_OPTION",
      })
    }
    let during: Promise<unknown> | undefined
    live.update((draft) => {
      during = live.checkpoint()
      during.catch(() => {})
      draft.n = 2
    })
    await expect(during).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_ARGUMENT" })
    const last = live.checkpoint("last")
    await live.close()
    await last
    expect(await states.loadState("live", { at: "last" })).toEqual({ n: 2 })
    await expect(live.checkpoint()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    expect(await states.history("live")).toHaveLength(1)
  })
})
