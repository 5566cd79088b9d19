import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { StateManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

test("processes that save and thin the same history leave every checkpoint whole", async () => {
  const directory = temporaryDirectory()
  const program = join(import.meta.dirname, "programs/checkpoint-rival.ts")
  const rivals = ["a", "b", "c"]
  await Promise.all(
    rivals.map(async (rival) => {
      const child = spawn(process.execPath, [program, directory, rival, "30"], { stdio: "inherit" })
      expect(await once(child, "exit")).toEqual([0, null])
    }),
  )
  await using states = new StateManager({ directory })
  const history = await states.history("shared")
  const labels = history.flatMap(({ label }) => (label === undefined ? [] : [label]))
  const promised = rivals.flatMap((rival) => [0, 5, 10, 15, 20, 25].map((n) => `${rival}:${n}`))
  expect(labels.toSorted()).toEqual(promised.toSorted())
  for (const { id, label } of history) {
    const data = await states.loadState<{ rival: string; items: string[] }>("shared", { at: id })
    expect(data!.items.every((item, n) => item.startsWith(`${data!.rival}:${n} `))).toBe(true)
    if (label !== undefined) {
      expect(data).toMatchObject({
        rival: label.split(":")[0],
        items: { length: Number(label.split(":")[1]) + 1 },
      })
    }
  }
})

test("a checkpoint that is taken back leaves those whole that others built on it", async () => {
  const directory = temporaryDirectory()
  await using states = new StateManager({ directory })
  await using rival = new StateManager({ directory })
  const items = Array.from({ length: 100 }, (_, n) => `item ${n}`)
  const { revision } = await states.saveState("shared", { n: 0, items })
  const save = states.storage.save.bind(states.storage)
  vi.spyOn(states.storage, "save").mockImplementation(async (key, ...rest) => {
    // The checkpoint is there already, and the state is about to be written.
    if (key === "shared") await rival.saveState("shared", { n: 2, items }, { checkpoint: "two" })
    return await save(key, ...rest)
  })
  const saving = states.saveState(
    "shared",
    { n: 1, items },
    { checkpoint: "one", ifRevision: revision },
  )
  await expect(saving).rejects.toMatchObject({ code: "ERR_PERSIST_CONFLICT" })
  expect((await rival.history("shared")).map(({ label }) => label)).toEqual(["two"])
  expect(await rival.loadState("shared", { at: "two" })).toEqual({ n: 2, items })
})

test("undo and redo of a live state go where a list of values would", async () => {
  await using states = new StateManager({ directory: temporaryDirectory() })
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("change", "undo", "redo", "flush"), { maxLength: 30, size: "max" }),
      async (steps) => {
        const name = `live-${run++}`
        const live = await states.open(name, { initial: { n: 0 }, delay: "1h" })
        const values = [0]
        let at = 0
        let next = 0
        for (const step of steps) {
          if (step === "flush") await live.flush()
          else if (step === "undo") expect(live.undo()).toBe(at > 0 && at-- > 0)
          else if (step === "redo") expect(live.redo()).toBe(at < values.length - 1 && ++at > 0)
          else {
            const value = ++next
            live.update((draft) => {
              draft.n = value
            })
            values.splice(++at, values.length, value)
          }
          expect(live.value).toEqual({ n: values[at] })
        }
        await live.close()
        expect(await states.loadState(name)).toEqual({ n: values[at] })
      },
    ),
    { numRuns: 40 },
  )
})
