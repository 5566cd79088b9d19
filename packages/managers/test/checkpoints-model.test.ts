import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"

interface ModelCheckpoint {
  data: unknown
  label: string | undefined
  pinned: boolean
  forked: boolean
}

interface ModelState {
  current: unknown
  checkpoints: ModelCheckpoint[]
}

type Step =
  | { kind: "save"; name: string; data: unknown; label: string | true | false }
  | { kind: "grow"; name: string; item: unknown }
  | { kind: "restore"; name: string; pick: number }
  | { kind: "pin"; name: string; pick: number }
  | { kind: "fork"; name: string; to: string; pick: number }
  | { kind: "thin"; name: string; last: number }

const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const name = fc.constantFrom("a", "a/b", "c")
const item = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }).map(copy),
  fc.record({ id: fc.nat(9), text: fc.string({ maxLength: 80 }) }).map(copy),
)
const data = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.record({ items: fc.array(item) })).map(copy)
const pick = fc.nat(30)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("save" as const),
    name,
    data,
    label: fc.constantFrom<(string | true | false)[]>("x", "y", true, true, false),
  }),
  fc.record({ kind: fc.constant("grow" as const), name, item }),
  fc.record({ kind: fc.constant("grow" as const), name, item }),
  fc.record({ kind: fc.constant("restore" as const), name, pick }),
  fc.record({ kind: fc.constant("pin" as const), name, pick }),
  fc.record({ kind: fc.constant("fork" as const), name, to: name, pick }),
  fc.record({ kind: fc.constant("thin" as const), name, last: fc.integer({ min: 1, max: 4 }) }),
)

test("any sequence of saves, restores, forks and thinnings gives the model's history", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(1), step), { maxLength: 25, size: "max" }),
      async (steps) => {
        const directory = mkdtempSync(join(tmpdir(), "persist-model-"))
        const managers = [new StateManager({ directory }), new StateManager({ directory })] as const
        const model = new Map<string, ModelState>()
        for (const [which, one] of steps) await run(managers[which as 0 | 1], model, one)
        for (const manager of managers) await compare(manager, model)
        for (const manager of managers) await manager.close()
        rmSync(directory, { recursive: true })
      },
    ),
    { numRuns: 40 },
  )
})

async function run(manager: StateManager, model: Map<string, ModelState>, one: Step) {
  const state = model.get(one.name) ?? { current: undefined, checkpoints: [] }
  const plain = { label: undefined, pinned: false, forked: false }
  const chosen = "pick" in one ? one.pick % Math.max(state.checkpoints.length, 1) : 0
  const ids = (await manager.history(one.name)).map(({ id }) => id)
  if (one.kind === "save") {
    await manager.saveState(one.name, one.data, { checkpoint: one.label })
    state.current = one.data
    const label = typeof one.label === "string" ? one.label : undefined
    if (one.label) state.checkpoints.push({ ...plain, data: one.data, label })
  } else if (one.kind === "grow") {
    const items = Array.isArray(state.current) ? state.current : []
    state.current = [...items, one.item]
    await manager.saveState(one.name, state.current, { checkpoint: true })
    state.checkpoints.push({ ...plain, data: state.current })
  } else if (state.checkpoints.length === 0) {
    await expect(manager.restore(one.name, "nothing")).rejects.toMatchObject({
      code: "ERR_PERSIST_NOT_FOUND",
    })
    return
  } else if (one.kind === "restore") {
    await manager.restore(one.name, ids[chosen]!)
    state.current = state.checkpoints[chosen]!.data
    state.checkpoints.push({ ...plain, data: state.current })
  } else if (one.kind === "pin") {
    await manager.pin(one.name, ids[chosen]!)
    state.checkpoints[chosen]!.pinned = true
  } else if (one.kind === "thin") {
    await manager.thinHistory(one.name, { last: one.last })
    state.checkpoints = state.checkpoints.filter(
      ({ pinned, forked, label }, index, all) =>
        pinned || forked || label !== undefined || index >= all.length - one.last,
    )
  } else {
    const forking = manager.fork(one.name, one.to, { at: ids[chosen]! })
    if (model.get(one.to)?.current !== undefined || one.to === one.name) {
      await expect(forking).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
    } else {
      await forking
      state.checkpoints[chosen]!.forked = true
      const { data } = state.checkpoints[chosen]!
      const other = model.get(one.to) ?? { current: undefined, checkpoints: [] }
      model.set(one.to, { current: data, checkpoints: [...other.checkpoints, { ...plain, data }] })
    }
  }
  model.set(one.name, state)
}

async function compare(manager: StateManager, model: Map<string, ModelState>) {
  for (const [name, { current, checkpoints }] of model) {
    if (current !== undefined) expect(await manager.loadState(name)).toEqual(copy(current))
    const history = await manager.history(name)
    expect(history.map(({ label, pinned }) => ({ label, pinned }))).toEqual(
      checkpoints.map(({ label, pinned }) => ({ label, pinned })),
    )
    for (const [index, { id }] of history.entries()) {
      expect(await manager.loadState(name, { at: id })).toEqual(copy(checkpoints[index]!.data))
    }
  }
}
