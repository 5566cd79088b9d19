import { PersistError } from "@persist/core"
import { DatabaseStorage } from "@persist/db"
import { expect, onTestFinished, test, vi } from "vitest"
import { LogManager } from "../src/index.ts"
import { temporaryDirectory } from "./temporary-directory.ts"

const aborted = { code: "ERR_PERSIST_ABORTED", cause: "enough" }
type Call = (logs: LogManager, signal: AbortSignal) => Promise<unknown>

const calls: [name: string, call: Call, left: unknown[]][] = [
  ["append", (logs, signal) => logs.append("app", { n: 2 }, { signal }), [1, 2]],
  ["saveLog", (logs, signal) => logs.saveLog("app", [{ n: 2 }], { signal }), [2]],
  ["deleteLog", (logs, signal) => logs.deleteLog("app", { signal }), []],
  ["logExists", (logs, signal) => logs.logExists("app", { signal }), [1]],
  ["listLogs", (logs, signal) => logs.listLogs({ signal }), [1]],
]

/** A log in a storage that does nothing before `goOn`, and refuses to write where it is told so. */
async function held() {
  const database = new DatabaseStorage("sqlite::memory:")
  const storage = database.storage("logs")
  const error = vi.fn()
  const logs = new LogManager({ storage, logger: { error } })
  await logs.append("app", { n: 1 })
  const { promise, resolve: goOn } = Promise.withResolvers<void>()
  let refused: PersistError | undefined
  for (const name of ["save", "delete", "list"] as const) {
    const real = storage[name].bind(storage) as (...call: unknown[]) => Promise<never>
    vi.spyOn(storage, name).mockImplementation(async (...call: unknown[]) => {
      await promise
      if (refused && name !== "list") throw refused
      return real(...call)
    })
  }
  const refuse = () => {
    refused = new PersistError("ERR_PERSIST_IO", "no disk")
    return refused
  }
  onTestFinished(async () => {
    goOn()
    await logs.close()
    await database.close()
  })
  return { logs, goOn, refuse, error }
}

test.each(calls)(
  "%s waits no longer than its signal, and what it began goes on",
  async (_, call, left) => {
    const { logs, goOn, error } = await held()
    const controller = new AbortController()
    const waiting = call(logs, controller.signal)
    controller.abort("enough")
    await expect(waiting).rejects.toMatchObject(aborted)
    goOn()
    const kept = async () => expect((await logs.read("app")).map(({ n }) => n)).toEqual(left)
    await vi.waitFor(kept, 60_000)
    expect(error).not.toHaveBeenCalled()
  },
)

test.each(calls.slice(0, 3))(
  "close waits for %s that a signal left behind",
  async (_, call, left) => {
    const { logs, goOn, error } = await held()
    const controller = new AbortController()
    const waiting = call(logs, controller.signal)
    controller.abort("enough")
    await expect(waiting).rejects.toMatchObject(aborted)
    let isClosed = false
    const closing = logs.close().then(() => {
      isClosed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isClosed).toBe(false)
    goOn()
    await closing
    await using later = new LogManager({ storage: logs.storage })
    expect((await later.read("app")).map(({ n }) => n)).toEqual(left)
    expect(error).not.toHaveBeenCalled()
  },
)

test.each(calls.slice(1, 3))(
  "an append that comes while %s is left to end takes place after it",
  async (_, call, left) => {
    for (let turns = 0; turns < 20; turns++) {
      await using logs = new LogManager({ directory: temporaryDirectory(), durability: "none" })
      await logs.append("app", { n: 1 })
      const controller = new AbortController()
      const waiting = call(logs, controller.signal)
      controller.abort("enough")
      await expect(waiting).rejects.toMatchObject(aborted)
      for (let turn = 0; turn < turns; turn++) await new Promise((go) => setImmediate(go))
      await logs.append("app", { n: 3 })
      expect((await logs.read("app")).map(({ n }) => n)).toEqual([...left, 3])
    }
  },
)

test.each(calls)("%s does nothing for a signal that is aborted", async (_, call) => {
  await using logs = new LogManager({ directory: temporaryDirectory() })
  await logs.append("app", { n: 1 })
  await expect(call(logs, AbortSignal.abort("enough"))).rejects.toMatchObject(aborted)
  expect(await logs.read("app")).toMatchObject([{ n: 1 }])
  await call(logs, new AbortController().signal)
})

test.each(calls.slice(0, 3))(
  "the logger hears of a failure of %s that its signal left behind, and else who waits",
  async (_, call) => {
    const { logs, goOn, refuse, error } = await held()
    const controller = new AbortController()
    const [left, waiting] = [
      call(logs, controller.signal),
      call(logs, new AbortController().signal),
    ]
    controller.abort("enough")
    await expect(left).rejects.toMatchObject(aborted)
    const refused = refuse()
    goOn()
    await expect(waiting).rejects.toBe(refused)
    await vi.waitFor(
      () => expect(error.mock.calls).toEqual([[expect.any(String), refused]]),
      60_000,
    )
  },
)
