import { getEventListeners } from "node:events"
import { describe, expect, test } from "vitest"
import type { Change, ScanRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

/** A storage that watches as it is told. */
class Scripted extends MemoryStorage {
  readonly script: (request: ScanRequest) => AsyncIterable<Change>

  constructor(script: (request: ScanRequest) => AsyncIterable<Change>) {
    super()
    this.script = script
  }

  protected override _watch(request: ScanRequest): AsyncIterable<Change> {
    return this.script(request)
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()))
}

describe("watch", () => {
  test("tells of a backend that fails, with the error as cause", async () => {
    const lost = Object.assign(new Error("too many watches"), { code: "ENOSPC" })
    const failing = [
      // At once, and at the first step.
      () => {
        throw lost
      },
      async function* (): AsyncGenerator<Change> {
        yield { type: "gap", key: "" }
        throw lost
      },
    ]
    for (const script of failing) {
      const storage = new Scripted(script)
      const watching = (async () => {
        for await (const change of storage.watch()) expect(change.type).toBe("gap")
      })()
      await expect(watching).rejects.toMatchObject({ code: "ERR_PERSIST_IO", cause: lost })
      await storage.close()
    }
  })

  test("ends when it is left, though a change is waited for", async () => {
    const scripts = [
      async function* ({ signal }: ScanRequest): AsyncGenerator<Change> {
        await aborted(signal)
        yield* [] as Change[]
      },
      async function* ({ signal }: ScanRequest): AsyncGenerator<Change> {
        await aborted(signal)
        yield* [] as Change[]
        throw signal?.reason
      },
    ]
    for (const script of scripts) {
      const storage = new Scripted(script)
      const changes = storage.watch()[Symbol.asyncIterator]()
      const next = changes.next()
      expect(await changes.return?.()).toEqual({ done: true, value: undefined })
      expect(await next).toEqual({ done: true, value: undefined })
      expect((await changes.next()).done).toBe(true)
      await storage.close()
    }
  })

  test("ends quietly when the backend throws because of the abort", async () => {
    for (const error of [
      () => new DOMException("aborted", "AbortError"),
      (reason: unknown) => reason,
    ]) {
      const storage = new Scripted(async function* ({ signal }) {
        await aborted(signal)
        yield* [] as Change[]
        throw error(signal?.reason)
      })
      const controller = new AbortController()
      const changes = storage.watch({ signal: controller.signal })[Symbol.asyncIterator]()
      const next = changes.next()
      controller.abort(new Error("enough"))
      expect((await next).done).toBe(true)
      await storage.close()
    }
  })

  test("ends the backend's iteration at the abort, although nobody takes a step", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<string>()
    const storage = new Scripted(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        async return() {
          resolve("ended")
          return { done: true as const, value: undefined }
        },
      }),
    }))
    const controller = new AbortController()
    storage.watch({ signal: controller.signal })
    controller.abort()
    expect(await ended).toBe("ended")
  })

  test("passes gaps on to whoever watches, whatever they watch", async () => {
    const storage = new Scripted(async function* () {
      yield { type: "save", key: "folder/other" }
      yield { type: "gap", key: "" }
      yield { type: "delete", key: "folder/key" }
    })
    const seen: Change[] = []
    for await (const change of storage.watch({ subfolder: "folder", key: "key" })) seen.push(change)
    expect(seen).toEqual([
      { type: "gap", key: "" },
      { type: "delete", key: "key" },
    ])
  })

  test("aborts the backend's signal, to which somebody may listen, however it ends", async () => {
    const lost = Object.assign(new Error("too many watches"), { code: "ENOSPC" })
    const scripts = [
      () => {
        throw lost
      },
      async function* (): AsyncGenerator<Change> {
        yield* [] as Change[]
        throw lost
      },
      async function* (): AsyncGenerator<Change> {},
    ]
    for (const script of scripts) {
      let given: AbortSignal | undefined
      const storage = new Scripted((request) => {
        given = request.signal
        return script()
      })
      const watching = (async () => {
        for await (const change of storage.watch()) expect(change).toBeUndefined()
      })()
      await watching.catch((error) => expect(error).toMatchObject({ cause: lost }))
      expect(given?.aborted).toBe(true)
      await storage.close()
    }
  })

  test("leaves no listener on a signal that lives longer", async () => {
    const { signal } = new AbortController()
    const scripts = [
      async function* (): AsyncGenerator<Change> {},
      async function* (): AsyncGenerator<Change> {
        yield* [] as Change[]
        throw new Error("lost")
      },
      async function* ({ signal }: ScanRequest): AsyncGenerator<Change> {
        await aborted(signal)
        yield* [] as Change[]
      },
    ]
    for (const script of scripts) {
      const storage = new Scripted(script)
      const changes = storage.watch({ signal })[Symbol.asyncIterator]()
      const step = changes.next()
      if (script === scripts[2]) await changes.return?.()
      await step.catch(() => {})
      expect(getEventListeners(signal, "abort")).toEqual([])
      await storage.close()
    }
    const closed = new Scripted(scripts[2]!)
    closed.watch({ signal })
    await closed.close()
    expect(getEventListeners(signal, "abort")).toEqual([])
  })
})
