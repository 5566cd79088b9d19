import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import type { UpdateRequest } from "../src/index.ts"
import { MemoryStorage } from "./support/memory-storage.ts"

test("an update whose signal aborts ends, though its change goes on, and changes nothing", async () => {
  await using storage = new MemoryStorage()
  await storage.save("a", 1)
  const controller = new AbortController()
  const { signal } = controller
  const { promise: late, resolve } = Promise.withResolvers<number>()
  const updated = storage.update<number>("a", () => late, { signal })
  setImmediate(() => controller.abort("enough"))
  await expect(updated).rejects.toMatchObject({
    code: "ERR_PERSIST_ABORTED",
    cause: "enough",
    message: expect.stringContaining('"a"'),
  })
  expect(await storage.update<number>("a", (current) => current! + 1)).toBe(2)
  resolve(100)
  await late
  expect(await storage.load("a")).toBe(2)
})

test("an update whose change aborts its own signal ends without what the change returns", async () => {
  await using storage = new MemoryStorage()
  const controller = new AbortController()
  const { signal } = controller
  const never = new Promise<number>(() => {})
  const updated = storage.update<number>(
    "a",
    () => {
      controller.abort("enough")
      return never
    },
    { default: 0, signal },
  )
  await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
})

test("a change that fails after its update was aborted is nobody's unhandled rejection", async () => {
  await using storage = new MemoryStorage()
  const controller = new AbortController()
  const { promise, reject } = Promise.withResolvers<number>()
  const updated = storage.update<number>("a", () => promise, {
    default: 0,
    signal: controller.signal,
  })
  setImmediate(() => controller.abort())
  await expect(updated).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
  reject(new Error("too late"))
  await expect(promise).rejects.toThrow("too late")
})

test("an update leaves no listener on a signal that never aborts", async () => {
  await using storage = new MemoryStorage()
  const { signal } = new AbortController()
  for (const change of [async () => 1, () => 2, async () => Promise.reject(new Error("no"))]) {
    await storage.update<number>("a", change, { default: 0, signal }).catch(() => {})
  }
  expect(getEventListeners(signal, "abort")).toEqual([])
})

test("an update whose change threw of a value that was out of date fails for what came after it", async () => {
  /** Asks with what it remembers first, and again with what is there; then its disk fails. */
  class Remembering extends MemoryStorage {
    protected override async _update(key: string, request: UpdateRequest): Promise<never> {
      await request.next(undefined).catch(() => {})
      await request.next(await this._read(key))
      throw Object.assign(new Error("no room"), { code: "ENOSPC" })
    }
  }
  await using storage = new Remembering()
  await storage.save("a", 1)
  const seen: unknown[] = []
  const updated = storage.update<number>("a", (current) => {
    seen.push(current)
    if (current === undefined) throw new Error("nothing to change")
    return current + 1
  })
  await expect(updated).rejects.toMatchObject({
    code: "ERR_PERSIST_IO",
    cause: { code: "ENOSPC" },
  })
  expect(seen).toEqual([undefined, 1])
})
