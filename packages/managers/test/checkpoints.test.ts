import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { FileStorage } from "@persist/file"
import { PickleSerializer } from "@persist/serializers"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { planThinning } from "../src/states/checkpoints/thinning.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

describe("StateManager checkpoints", () => {
  test("are found by label, compared, restored and forked", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    await states.saveState("game", { level: 1, name: "ann" }, { checkpoint: "before deploy" })
    const info = await states.saveState("game", { level: 2, bag: ["key"] }, { checkpoint: true })
    expect(info.checkpoint).toBe((await states.history("game"))[1]!.id)
    const { patch, text } = await states.diff("game", "before deploy")
    expect(patch).toEqual([
      { op: "remove", path: "/name" },
      { op: "replace", path: "/level", value: 2 },
      { op: "add", path: "/bag", value: ["key"] },
    ])
    expect(text).toBe("- name: 'ann'\n~ level: 1 → 2\n+ bag: [ 'key' ]")
    await states.restore("game", "before deploy")
    expect(await states.loadState("game")).toEqual({ level: 1, name: "ann" })
    expect((await states.history("game")).map(({ restored }) => restored !== undefined)).toEqual([
      false,
      false,
      true,
    ])
    await states.fork("game", "other", { at: info.checkpoint! })
    expect(await states.loadState("other")).toEqual({ level: 2, bag: ["key"] })
    await expect(states.fork("game", "other")).rejects.toMatchObject({
      code: "ERR_PERSIST_CONFLICT",
    })
    await expect(states.loadState("game", { at: "nowhere" })).rejects.toMatchObject({
      code: "ERR_PERSIST_NOT_FOUND",
    })
    await expect(
      states.loadState("game", { at: "before deploy", signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    await states.deleteState("game", { history: true })
    expect(await states.history("game")).toEqual([])
  })

  test("what is recorded is the data at the call, and a failed save records nothing", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const data = { list: [1] }
    const saving = states.saveState("game", data, { checkpoint: true })
    data.list.push(2)
    await saving
    expect(await states.loadState("game")).toEqual({ list: [1] })
    const stale = states.saveState("game", data, { checkpoint: true, ifRevision: "old" })
    await expect(stale).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    expect(await states.history("game")).toHaveLength(1)
  })

  test("500 steps that grow by 1 % take at most 5 % of full copies", async () => {
    const directory = temporaryDirectory()
    await using states = new StateManager({ directory })
    const turns: { role: string; text: string }[] = []
    let full = 0
    let length = 2000
    const saved: number[] = []
    for (let step = 0; step < 500; step++) {
      const grown = Math.min(Math.ceil(length * 0.01), 400)
      length += grown
      turns.push({ role: step % 2 ? "user" : "assistant", text: `${step} `.repeat(grown / 4) })
      const info = await states.saveState("talk", { turns }, { checkpoint: true, backup: false })
      full += info.size
      saved.push(turns.length)
    }
    const folder = join(directory, "checkpoints/talk")
    const taken = readdirSync(folder).reduce(
      (sum, file) => sum + statSync(join(folder, file)).size,
      0,
    )
    expect(taken / full).toBeLessThan(0.05)
    const history = await states.history("talk")
    for (const index of [0, 49, 50, 51, 257, 499]) {
      const data = (await states.loadState("talk", { at: history[index]!.id })) as {
        turns: unknown[]
      }
      expect(data.turns).toEqual(turns.slice(0, saved[index]))
    }
  })
})

describe("planThinning", () => {
  const at = (time: string, more: object = {}) => ({
    id: time,
    savedAt: new Date(time),
    pinned: false,
    forks: [],
    size: 1,
    ...more,
  })

  test("keeps by restic's rules and says why", () => {
    const plan = planThinning(
      [
        at("2026-01-01T08:00:00Z", { pinned: true }),
        at("2026-01-01T09:00:00Z"),
        at("2026-01-02T09:00:00Z"),
        at("2026-01-02T11:10:00Z"),
        at("2026-01-03T09:00:00Z"),
        at("2026-01-03T09:30:00Z"),
      ],
      { daily: 2 },
    )
    expect(plan.kept.map(({ checkpoint, reasons }) => [checkpoint.id, reasons])).toEqual([
      ["2026-01-01T08:00:00Z", ["pinned"]],
      ["2026-01-02T11:10:00Z", ["daily"]],
      ["2026-01-03T09:30:00Z", ["newest", "daily"]],
    ])
    expect(plan.removed).toHaveLength(3)
  })

  test("counts buckets that have something, and keeps the oldest while quota remains", () => {
    const all = [at("2026-01-01T08:00:00Z"), at("2026-01-01T08:10:00Z"), at("2026-03-01T08:20:00Z")]
    const plan = planThinning(all, { hourly: 3 })
    expect(plan.kept.map(({ checkpoint }) => checkpoint.id)).toEqual(all.map(({ id }) => id))
  })

  test("within counts back from the newest", () => {
    const all = [at("2026-01-01T08:00:00Z"), at("2026-01-01T09:00:00Z"), at("2026-01-01T09:30:00Z")]
    const plan = planThinning(all, { within: "1h" })
    expect(plan.removed.map(({ id }) => id)).toEqual(["2026-01-01T08:00:00Z"])
    expect(() => planThinning(all, {})).toThrow(/policy/)
    expect(() => planThinning(all, { daily: -1 })).toThrow(/daily/)
  })
})

test("a checkpoint has the members, items of sets and entries of maps in their order", async () => {
  const pad = "x".repeat(3_000)
  const values = [
    { pad, one: 1, list: [{ x: 1, y: 2 }] },
    { pad, list: [{ x: 1, y: 2 }], one: 1 },
    { pad, list: [{ y: 2, x: 1 }], one: 1 },
    { zero: 0, pad, list: [{ y: 2, x: 1 }], one: 1 },
    { map: new Map([["a", new Set([1, 2])]]), pad },
    { map: new Map([["a", new Set([2, 1])]]), pad },
    { map: new Map([["b", {}]].concat([["a", {}]]) as [string, object][]), pad },
    { map: new Map([["a", {}]].concat([["b", {}]]) as [string, object][]), pad },
  ]
  const directory = temporaryDirectory()
  await using storage = new FileStorage({ directory, serializer: new PickleSerializer() })
  await using states = new StateManager({ storage })
  for (const [n, value] of values.entries()) {
    await states.saveState("ordered", value, { checkpoint: String(n) })
  }
  for (const [n, value] of values.entries()) {
    const found = await states.loadState("ordered", { at: String(n) })
    expect(inspect(found, { depth: 9 })).toBe(inspect(value, { depth: 9 }))
  }
})

test("history ends for a signal, before anything is changed, and knows its options", async () => {
  const states = new StateManager({ directory: temporaryDirectory() })
  await states.saveState("game", { level: 1 }, { checkpoint: "one" })
  await states.saveState("game", { level: 2 }, { checkpoint: true })
  await states.saveState("game", { level: 3 }, { checkpoint: true })
  const calls = (options: object) => ({
    history: () => states.history("game", options),
    restore: () => states.restore("game", "one", options),
    diff: () => states.diff("game", "one", undefined, options),
    fork: () => states.fork("game", "other", options),
    pin: () => states.pin("game", "one", options),
    unpin: () => states.unpin("game", "one", options),
    thinHistory: () => states.thinHistory("game", { last: 1 }, options),
  })
  const before = await states.history("game")
  for (const [name, call] of Object.entries(calls({ signal: AbortSignal.abort("enough") }))) {
    const aborted = { code: "ERR_PERSIST_ABORTED", cause: "enough" }
    await expect(call(), name).rejects.toMatchObject(aborted)
  }
  for (const [name, call] of Object.entries(calls({ singal: undefined }))) {
    const message = expect.stringMatching(`^${name}: unknown option "singal"`)
    await expect(call()).rejects.toMatchObject({ code: "ERR_PERSIST_INVALID_OPTION", message })
  }
  expect(await states.history("game")).toEqual(before)
  expect(await states.loadState("game")).toEqual({ level: 3 })
  expect(await states.listStates()).toEqual(["game"])
})

test.each(["current", "named"])(
  "a signal never leaves half a fork of the %s state, whenever it comes",
  async (which) => {
    const states = new StateManager({ directory: temporaryDirectory() })
    onTestFinished(() => states.close())
    await states.saveState("game", { level: 1 }, { checkpoint: "one" })
    const outcomes: boolean[] = []
    for (let calls = 1; outcomes.filter(Boolean).length < 3; calls++) {
      const controller = new AbortController()
      let left = calls
      for (const name of ["list", "loadEntry", "save", "stat", "exists", "update"] as const) {
        const call = states.storage[name].bind(states.storage) as (
          ...given: unknown[]
        ) => Promise<never>
        vi.spyOn(states.storage, name).mockImplementation(async (...given: unknown[]) => {
          const result = await call(...given)
          if (--left === 0) controller.abort()
          return result
        })
      }
      const before = await states.history("game")
      const options = { ...(which === "named" && { at: "one" }), signal: controller.signal }
      left = calls
      const isDone = await states.fork("game", `fork ${calls}`, options).then(
        () => true,
        () => false,
      )
      vi.restoreAllMocks()
      outcomes.push(isDone)
      expect(await states.stateExists(`fork ${calls}`)).toBe(isDone)
      expect(await states.history(`fork ${calls}`)).toHaveLength(isDone ? 1 : 0)
      if (!isDone) expect(await states.history("game")).toEqual(before)
    }
    expect(outcomes).toContain(false)
  },
)

test("an update that a signal ends leaves no checkpoint, wherever it was", async () => {
  const states = new StateManager({ directory: temporaryDirectory() })
  onTestFinished(() => states.close())
  await states.saveState("game", { level: 1 }, { checkpoint: true })
  const before = await states.history("game")
  const save = states.storage.save.bind(states.storage)
  for (const isLate of [false, true]) {
    const controller = new AbortController()
    vi.spyOn(states.storage, "save").mockImplementationOnce(async (...given) => {
      if (!isLate) controller.abort()
      const entry = await save(...given)
      if (isLate) controller.abort()
      return entry
    })
    const { signal } = controller
    const updating = states.updateState("game", () => ({ level: 2 }), { checkpoint: true, signal })
    await expect(updating).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    expect(await states.history("game")).toEqual(before)
  }
  const controller = new AbortController()
  const { signal } = controller
  const level = Promise.withResolvers<number>()
  const change = async () => ({ level: await level.promise })
  const updating = states.updateState("game", change, { checkpoint: true, signal })
  controller.abort()
  await expect(updating).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
  level.resolve(2)
  await states.updateState("game", (state: { level: number } | undefined) => ({
    level: (state?.level ?? 0) + 4,
  }))
  expect(await states.loadState("game")).toEqual({ level: 5 })
  expect(await states.history("game")).toEqual(before)
})
