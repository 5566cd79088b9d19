import { types } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { produce } from "../src/states/live/draft.ts"
import { freeze } from "../src/states/live/freeze.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

/** Whether every plain object and list in the value is frozen, in maps and sets too. */
function isFrozen(value: unknown, seen: Set<unknown> = new Set()): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return true
  seen.add(value)
  const inner = types.isMap(value) || types.isSet(value) ? [...value].flat() : Object.values(value)
  const isKept = types.isMap(value) || types.isSet(value) || Object.isFrozen(value)
  return isKept && inner.every((one) => isFrozen(one, seen))
}

const initial = () => ({ n: 1, list: [1], deep: { items: [{ id: 1 }] } })

test("what a live state hands out, whatever made it, cannot be changed but by update", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const merge = (mine: object, theirs: object) => ({ ...mine, ...theirs, joined: { list: [1] } })
  await using live = await states.open("live", {
    initial: initial(),
    delay: "1h",
    merge: merge as never,
  })
  const seen: unknown[] = [live.value]
  live.subscribe((value) => seen.push(value))
  seen.push(live.update((draft) => void draft.deep.items.push({ id: 2 })))
  seen.push(live.update((draft) => void draft.n++))
  seen.push(live.update((draft) => ({ ...draft, list: [5] })))
  live.set({ ...initial(), deep: { items: [{ id: 3 }] } })
  live.undo()
  await live.flush()
  await states.saveState("live", { theirs: [{}] })
  live.update((draft) => void draft.n++)
  await live.flush()
  expect(live.value).toMatchObject({ theirs: [{}], joined: { list: [1] } })
  await states.saveState("live", { again: [{}] })
  seen.push(await live.reload())
  expect(live.value).toEqual({ again: [{}] })
  expect(seen.map((value) => isFrozen(value))).toEqual(seen.map(() => true))
  expect(seen.length).toBeGreaterThan(10)
})

test("an assignment to part of the value throws where it stands, and changes nothing", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await using live = await states.open("live", { initial: initial(), delay: "1h" })
  live.update((draft) => void draft.deep.items.push({ id: 2 }))
  const { value } = live
  const changes = [
    () => value.n++,
    () => value.list.push(2),
    () => Object.assign(value.deep.items[1]!, { id: 5 }),
    () => value.deep.items.sort(),
  ]
  for (const change of changes) expect(change).toThrow(TypeError)
  expect(value).toEqual({ ...initial(), deep: { items: [{ id: 1 }, { id: 2 }] } })
})

test("what was given is frozen with it, the initial value in every run", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  await states.saveState("there", { list: [9] })
  const given = { list: [1] }
  await using there = await states.open("there", { initial: given })
  expect(there.value).toEqual({ list: [9] })
  expect(() => given.list.push(2)).toThrow(TypeError)
  const item = { list: [1] }
  there.update((draft) => Object.assign(draft, { item }))
  expect(() => item.list.push(2)).toThrow(TypeError)
})

test("instances, dates, bytes and what stands behind a proxy stay as they are", () => {
  class Point {
    x = 1
    readonly inner = { list: [1] }
  }
  const behind = { n: 1 }
  const value = freeze({
    point: new Point(),
    bytes: new Uint8Array(2),
    proxy: new Proxy(behind, {}),
    since: new Date(0),
  })
  value.point.x = 2
  value.point.inner.list.push(2)
  value.bytes[0] = 1
  value.since.setTime(1)
  value.proxy.n = 2
  expect([value.point.inner.list, behind.n, Object.isFrozen(behind)]).toEqual([[1, 2], 2, false])
})

test("part of a value that was handed out can be put into a draft and changed there, not in the value", () => {
  const base = freeze({ here: { at: { x: 1 } }, there: [{ at: { x: 5 } }] })
  const next = produce(base, (draft) => {
    draft.here = base.there[0]!
    draft.here.at.x++
    draft.there.push(base.there[0]!)
    draft.there[1]!.at = { x: 0 }
  })
  expect(next).toEqual({ here: { at: { x: 6 } }, there: [{ at: { x: 5 } }, { at: { x: 0 } }] })
  expect(base).toEqual({ here: { at: { x: 1 } }, there: [{ at: { x: 5 } }] })
  expect(isFrozen(next)).toBe(true)
})

test("what the recipe froze itself may hold drafts, read and changed ones too", () => {
  type Given = { list: number[]; n: number; in?: { list: number[] } }
  const base = freeze<{ list: number[]; x?: Given; y?: Given }>({ list: [1] })
  const steps: ((given: Given) => unknown)[] = [
    () => {},
    (given) => given.list.length,
    (given) => given.list.push(2),
    (given) => given.n++,
    (given) => given.in!.list.push(2),
  ]
  for (const [index, step] of steps.entries()) {
    const next = produce(base, (draft) => {
      const given = Object.freeze({ list: draft.list, n: 0, in: { list: draft.list } })
      draft.x = given
      draft.y = given
      step(draft.x)
    })
    const list = index === 2 || index === 4 ? [1, 2] : [1]
    const given = { list, n: index === 3 ? 1 : 0, in: { list } }
    expect(next, `step ${index}`).toEqual({ list, x: given, y: { ...given, n: 0 } })
    const all = [next.x!, next.y!].flatMap((one) => [one, one.list, one.in!, one.in!.list])
    expect(all.some((one) => types.isProxy(one))).toBe(false)
    expect(isFrozen(next)).toBe(true)
  }
})

test("what was frozen at its top alone is frozen whole: what is given, loaded and put in", async () => {
  const readonly = (value: unknown) => ({ value: Object.freeze(value) })
  const schema = { "~standard": { version: 1, vendor: "test", validate: readonly } } as const
  await using states = new StateManager({ directory: temporaryDirectory(), schema })
  await states.saveState("there", { list: [{}] })
  const ring: { self?: object; list: object[] } = { list: [{}] }
  ring.self = ring
  Object.freeze(ring)
  await using there = await states.open<object>("there", { initial: ring })
  const shallow = () => Object.freeze({ in: { deep: Object.freeze([{}]) } })
  await using given = await states.open<object>("given", { initial: shallow() })
  const seen = [ring, there.value, await there.reload(), given.value]
  seen.push(given.update((draft) => void Object.assign(draft, { more: shallow() })))
  seen.push(given.update(() => ({ other: shallow() })))
  seen.push(given.update(() => shallow()))
  expect(seen.map((value) => isFrozen(value))).toEqual(seen.map(() => true))
  given.set({})
})

test("the exports of a module are initial data as any other", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const code = "export const theme = 'dark', recent = ['a']"
  const initial: { theme: string; recent: string[] } = await import(`data:text/javascript,${code}`)
  expect(types.isModuleNamespaceObject(initial)).toBe(true)
  await using live = await states.open("live", { initial })
  expect(() => live.value.recent.push("b")).toThrow(TypeError)
  live.update((draft) => void draft.recent.push("b"))
  expect(live.value).toEqual({ theme: "dark", recent: ["a", "b"] })
})

test("a list with holes, or of a class, stays one when it is changed", () => {
  class List extends Array<number> {}
  // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
  const base = freeze({ holes: [1, , 3], list: List.from([1, 2]), none: [undefined, 1] })
  const next = produce(base, (draft) => {
    for (const list of [draft.holes, draft.list, draft.none]) list.push(4)
  })
  expect(Object.keys(next.holes)).toEqual(["0", "2", "3"])
  expect([next.list instanceof List, next.none]).toEqual([true, [undefined, 1, 4]])
})

test("what stands in a map or set is frozen, though they cannot be", () => {
  const base = freeze({ map: new Map([["a", { x: 1 }]]), set: new Set<object>() })
  const next = produce(base, (draft) => {
    draft.map.get("a")!.x = 2
    draft.set.add({ y: 1 })
  })
  expect([base.map.get("a"), next.map.get("a")]).toEqual([{ x: 1 }, { x: 2 }])
  expect(() => Object.assign(base.map.get("a")!, { x: 3 })).toThrow(TypeError)
  expect([isFrozen(base), isFrozen(next), [...next.set]]).toEqual([true, true, [{ y: 1 }]])
})

test("a map or set of a value can be put elsewhere in a draft and changed there, not in the value", () => {
  const base = freeze<{
    map: Map<string, object>
    here?: Map<string, object>
    sets: Set<number>[]
  }>({
    map: new Map([["a", { x: 1 }]]),
    sets: [new Set([1])],
  })
  const next = produce(base, (draft) => {
    draft.here = base.map
    draft.here.set("b", { x: 2 })
    draft.sets.push(base.sets[0]!)
    draft.sets[1]!.add(2)
  })
  expect([...base.map.keys(), ...base.sets[0]!]).toEqual(["a", 1])
  expect([...next.map.keys(), ...next.here!.keys()]).toEqual(["a", "a", "b"])
  expect(next.sets).toEqual([new Set([1]), new Set([1, 2])])
  expect(isFrozen(next)).toBe(true)
})

test("what holds itself is frozen whole", () => {
  type Ring = { self?: Ring; n: number; inner: { back?: Ring } }
  const base = freeze<Ring>({ n: 1, inner: {} })
  const next = produce(base, (draft) => {
    draft.n = 2
    draft.self = draft
    draft.inner.back = draft
  })
  expect([next.self === next, next.inner.back === next, isFrozen(next)]).toEqual([true, true, true])
})

test("after any changes of a frozen value all of the next is frozen", () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.constant(undefined),
    fc.object({ maxDepth: 2, withMap: true }),
  )
  const step = fc.tuple(fc.array(fc.nat(5), { maxLength: 4 }), leaf)
  const values = fc.tuple(fc.object({ maxDepth: 4, withMap: true, withSet: true }), fc.array(step))
  fc.assert(
    fc.property(values, ([base, steps]) => {
      const next = produce(freeze(base) as object, (draft) => {
        for (const [path, value] of steps) {
          let at = draft as Record<string, unknown>
          for (const index of path) {
            const inner = Object.values(at)[index]
            if (typeof inner === "object" && inner !== null && !types.isMap(inner))
              at = inner as never
          }
          if (Array.isArray(at)) at.push(value)
          else if (!types.isSet(at) && Object.isExtensible(at))
            at[Object.keys(at)[path.length] ?? "new"] = value
        }
      })
      return isFrozen(next)
    }),
    { numRuns: 300 },
  )
})
