import { readFileSync, writeFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const newer = { code: "ERR_PERSIST_NEWER" }
const migrate = { 2: (old: unknown) => ({ ...(old as object), steps: 1 }) }

describe("a program older than the state", () => {
  test("does not replace it, by no way", async () => {
    const directory = temporaryDirectory()
    await using program = new StateManager({ directory, version: 2, migrate })
    await using old = new StateManager({ directory, version: 1 })
    await old.saveState("game", { points: 1 }, { checkpoint: "old" })
    await program.loadState("game")
    const before = readFileSync((await program.getStateInfo("game"))!.path!, "utf8")
    await expect(old.saveState("game", { points: 2 })).rejects.toMatchObject(newer)
    await expect(old.saveState("game", {}, { checkpoint: true })).rejects.toMatchObject(newer)
    await expect(old.restore("game", "old")).rejects.toMatchObject(newer)
    await expect(old.updateState("game", () => ({}))).rejects.toMatchObject(newer)
    expect(readFileSync((await program.getStateInfo("game"))!.path!, "utf8")).toBe(before)
    expect(await program.history("game")).toHaveLength(1)
  })

  test("may replace a damaged state, and saves the data as it was at the call", async () => {
    const directory = temporaryDirectory()
    await mkdir(join(directory, "states"))
    writeFileSync(join(directory, "states/game.json"), "{ damaged")
    await using program = new StateManager({ directory, version: 2, migrate })
    const data = { deep: { points: 1 } }
    const saving = program.saveState("game", data)
    data.deep.points = 2
    await saving
    expect(await program.loadState("game")).toEqual({ deep: { points: 1 } })
  })

  test("that knows no versions leaves the one of a state that it changes", async () => {
    const directory = temporaryDirectory()
    await using program = new StateManager({ directory, version: 2, migrate })
    await using plain = new StateManager({ directory })
    await program.saveState("game", { steps: 5 })
    await plain.updateState("game", (game) => ({ ...(game as object), more: 1 }))
    expect(await program.loadState("game")).toEqual({ steps: 5, more: 1 })
    await plain.updateState("game", (game) => game, { checkpoint: "here" })
    expect(await program.loadState("game", { at: "here" })).toEqual({ steps: 5, more: 1 })
    const live = await plain.open<Record<string, unknown>>("game", { initial: {} })
    live.update((draft) => {
      draft.live = true
    })
    await live.checkpoint("live")
    expect((await plain.getStateInfo("game"))?.version).toBe(2)
    await live.close()
    for (const at of [{}, { at: "live" }])
      expect(await program.loadState("game", at)).toEqual({ steps: 5, more: 1, live: true })
  })

  test("in Python used names as its own that stand for something here", async () => {
    const directory = temporaryDirectory()
    await mkdir(join(directory, "states"))
    const own = { _version: 3, _label: "mine", _value: 1 }
    const stored = { ...own, _saved_at: "2024-01-02T03:04:05.678901", _name: "game" }
    writeFileSync(join(directory, "states/game.json"), JSON.stringify(stored))
    await using states = new StateManager({ directory })
    expect(await states.loadState("game")).toEqual(own)
    await states.saveState("game", own)
    expect(await states.loadState("game")).toEqual(own)
  })
})

describe("LiveState.subscribe", () => {
  test("a listener that throws keeps nobody from hearing, and no change from being made", async () => {
    await using states = new StateManager({ directory: temporaryDirectory() })
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    await using live = await states.open("live", { initial: { n: 0 }, onError })
    const heard: number[] = []
    live.subscribe(() => {
      throw new Error("deaf")
    })
    live.subscribe(({ n }) => heard.push(n))
    live.update((draft) => void draft.n++)
    await live.flush()
    expect([heard, errors]).toEqual([[1], [new Error("deaf")]])
  })
})
