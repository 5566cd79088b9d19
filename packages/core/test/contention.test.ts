import { describe, expect, test } from "vitest"
import { PersistError, retryConflicts } from "../src/index.ts"

const conflict = () => new PersistError("ERR_PERSIST_CONFLICT", "somebody was first")

describe("retryConflicts", () => {
  test("goes on for as long as there are conflicts", async () => {
    let attempts = 0
    const result = await retryConflicts(
      "work",
      { timeout: 30_000, signal: undefined },
      async () => {
        if (++attempts < 10) throw conflict()
        return "done"
      },
    )
    expect([result, attempts]).toEqual(["done", 10])
  })

  test("stops at any other error", async () => {
    const error = new Error("disk full")
    let attempts = 0
    const work = retryConflicts("work", { timeout: 30_000, signal: undefined }, async () => {
      attempts++
      throw error
    })
    await expect(work).rejects.toBe(error)
    expect(attempts).toBe(1)
  })

  test("gives up after its timeout, with the last conflict as cause", async () => {
    const last = conflict()
    const work = retryConflicts("Saving", { timeout: 5, signal: undefined }, () =>
      Promise.reject(last),
    )
    await expect(work).rejects.toMatchObject({ code: "ERR_PERSIST_TIMEOUT", cause: last })
    await expect(work).rejects.toThrow("Saving")
  })

  test("ends with the signal, while it waits too", async () => {
    const controller = new AbortController()
    let attempts = 0
    const limits = { timeout: 30_000, signal: controller.signal }
    const work = retryConflicts("work", limits, async () => {
      if (++attempts === 3) setImmediate(() => controller.abort("enough"))
      throw conflict()
    })
    await expect(work).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "enough" })
  })

  test("begins no attempt once the signal is aborted", async () => {
    const limits = { timeout: 30_000, signal: AbortSignal.abort("before") }
    let attempts = 0
    const work = retryConflicts("work", limits, async () => attempts++)
    await expect(work).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED", cause: "before" })
    expect(attempts).toBe(0)
  })
})
