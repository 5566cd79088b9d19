import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PersistError } from "@persist/core"
import { expect, test, vi } from "vitest"
import { nodeCode } from "../../atomic/test/support/interfering-file-system.ts"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const items = Array.from({ length: 50 }, (_, n) => ({ id: n, text: `some text ${n}` }))

/** A history of eight checkpoints of the state `"app"`, each the changes to the one before, and their files. */
async function history() {
  const directory = temporaryDirectory()
  await using states = new StateManager({ directory })
  for (let n = 0; n < 8; n++) {
    await states.saveState("app", { n, items }, { checkpoint: n === 6 ? "six" : true })
  }
  const folder = join(directory, "checkpoints/app")
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"))
  return { directory, files: files.sort().map((file) => join(folder, file)) }
}

const ways: [string, (path: string) => void][] = [
  ["cut short", (path) => writeFileSync(path, '{"savedAt":')],
  ["emptied", (path) => writeFileSync(path, "")],
  ["something else", (path) => writeFileSync(path, "{}")],
]

test.each(ways)(
  "a checkpoint that is %s hides no other, and all else goes on",
  async (_, damage) => {
    const { directory, files } = await history()
    damage(files[3]!)
    writeFileSync(join(directory, "checkpoints/app/copy of something.json"), "{}")
    await using states = new StateManager({ directory })
    const before = await states.history("app")
    expect(before.map(({ damaged }) => damaged === true)).toEqual(
      Array.from({ length: 8 }, (_, n) => n >= 3),
    )
    const at = (n: number) => states.loadState("app", { at: before[n]!.id })
    for (const n of [0, 1, 2]) expect(await at(n)).toEqual({ n, items })
    for (const n of [3, 4, 7])
      await expect(at(n)).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    await states.saveState("app", { n: 8, items }, { checkpoint: true })
    await states.pin("app", "six")
    await expect(states.pin("app", "eight")).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
    const { kept, removed } = await states.thinHistory("app", { last: 1 })
    expect(kept.map(({ reasons }) => reasons)).toEqual([
      ["damaged"],
      ["damaged"],
      ["damaged"],
      ["damaged", "pinned", 'label "six"'],
      ["damaged"],
      ["newest", "last"],
    ])
    expect(removed).toEqual(before.slice(0, 3))
    expect(await states.history("app")).toHaveLength(6)
    expect(await states.loadState("app", { at: kept[5]!.checkpoint.id })).toEqual({ n: 8, items })
    await expect(at(0)).rejects.toMatchObject({ code: "ERR_PERSIST_NOT_FOUND" })
  },
)

test("a checkpoint in whose place stands one that builds on it is said to be damaged", async () => {
  const { directory, files } = await history()
  copyFileSync(files[5]!, files[3]!)
  await using states = new StateManager({ directory })
  const all = await states.history("app")
  expect(all.map(({ damaged }) => damaged === true)).toEqual(all.map((_, n) => n >= 3))
  const loading = states.loadState("app", { at: all[4]!.id })
  await expect(loading).rejects.toMatchObject({ code: "ERR_PERSIST_CORRUPT" })
})

test.each([
  ["gone", (path: string) => rmSync(path)],
  ["damaged", (path: string) => writeFileSync(path, "")],
])(
  "what is needed once one that is %s is mended is still there after thinning",
  async (_, damage) => {
    const { directory, files } = await history()
    const bytes = readFileSync(files[3]!)
    damage(files[3]!)
    await using states = new StateManager({ directory })
    const before = await states.history("app")
    expect(before.slice(-5).map((one) => one.damaged === true)).toEqual([
      existsSync(files[3]!),
      true,
      true,
      true,
      true,
    ])
    await states.saveState("app", { n: 8, items }, { checkpoint: true })
    await states.thinHistory("app", { last: 1 })
    await expect(states.loadState("app", { at: "six" })).rejects.toMatchObject({
      code: "ERR_PERSIST_CORRUPT",
    })
    writeFileSync(files[3]!, bytes)
    expect(await states.loadState("app", { at: "six" })).toMatchObject({ n: 6 })
    expect(await states.loadState("app", { at: before.at(-1)!.id })).toMatchObject({ n: 7 })
  },
)

test("thinning counts what can be loaded: the newest that can stays", async () => {
  const { directory, files } = await history()
  rmSync(files[3]!)
  await using states = new StateManager({ directory })
  const [, , newest] = await states.history("app")
  const { kept } = await states.thinHistory("app", { last: 1 })
  expect(kept[0]).toEqual({ checkpoint: newest, reasons: ["newest", "last"] })
  expect(await states.loadState("app", { at: newest!.id })).toEqual({ n: 2, items })
})

test.each([
  ["a full disk", "ENOSPC"],
  // As Node words it, which has no name for it.
  ["a disk quota that is used up", nodeCode("EDQUOT")],
])("a history is thinned on %s, where something goes that nothing builds on", async (_, code) => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  const save = (n: number) =>
    states.saveState("app", { n, text: `${n}`.repeat(300) }, { checkpoint: true })
  // Too different to build on one another.
  for (let n = 0; n < 3; n++) await save(n)
  const text = "x".repeat(300)
  for (let n = 3; n < 6; n++) await states.saveState("app", { n, text }, { checkpoint: true })
  const history = await states.history("app")
  await states.pin("app", history[1]!.id)
  const full = new PersistError("ERR_PERSIST_IO", "no space", {
    cause: Object.assign(new Error("no space"), { code }),
  })
  const { storage } = states
  const update = vi.spyOn(storage, "update").mockRejectedValue(full)
  const remove = storage.delete.bind(storage)
  const removed: string[] = []
  vi.spyOn(storage, "delete").mockImplementation(async (key, ...rest) => {
    removed.push(key)
    if (removed.length === 2) update.mockRestore()
    return remove(key, ...rest)
  })
  await states.thinHistory("app", { last: 1 })
  // The first of the last three is what the others build on.
  expect(removed).toEqual([history[2]!.id, history[0]!.id, history[3]!.id, history[4]!.id])
  expect((await states.history("app")).map(({ id }) => id)).toEqual([
    history[1]!.id,
    history[5]!.id,
  ])
  expect(await states.loadState("app", { at: history[5]!.id })).toEqual({ n: 5, text })
})

test("damage to the newest checkpoint does not keep who added it from adding others", async () => {
  const directory = temporaryDirectory()
  await using states = new StateManager({ directory })
  const items = Array.from({ length: 50 }, (_, n) => `item ${n}`)
  for (const n of [0, 1, 2]) await states.saveState("game", { n, items }, { checkpoint: true })
  const newest = (await states.history("game")).at(-1)!
  writeFileSync(join(directory, `checkpoints/game/${newest.id}.json`), "{ damaged")
  await states.saveState("game", { n: 3, items }, { checkpoint: "three" })
  await states.updateState("game", () => ({ n: 4, items }), { checkpoint: "four" })
  expect(await states.loadState("game", { at: "three" })).toEqual({ n: 3, items })
  expect(await states.loadState("game", { at: "four" })).toEqual({ n: 4, items })
})
