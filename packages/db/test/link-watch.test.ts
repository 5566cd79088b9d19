import { setImmediate } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { LinkWatch } from "../src/engines/server/link-watch.ts"

/** A watch over a link where a request to end a statement waits before it is sent, and before it has arrived. */
function watched(timeout?: number) {
  const [sending, arriving] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const dropped: unknown[] = []
  const watch = new LinkWatch({
    timeout,
    async cancel(isWanted) {
      await sending.promise
      if (isWanted()) await arriving.promise
    },
    drop: (reason) => dropped.push(reason),
  })
  return { watch, sending, arriving, dropped }
}

describe("a request to end a statement", () => {
  test("that has been sent is waited for before the next statement, which it would end", async () => {
    const { watch, sending, arriving } = watched()
    const deadline = watch.begin()
    const cancelling = watch.cancel()
    sending.resolve()
    await setImmediate()
    let hasSettled = false
    const settling = watch.end(deadline)?.then(() => {
      hasSettled = true
    })
    await setImmediate()
    expect(hasSettled).toBe(false)
    arriving.resolve()
    await cancelling
    await settling
    expect(hasSettled).toBe(true)
    expect(watch.end(watch.begin())).toBeUndefined()
  })

  test("that comes too late is not sent, and nobody waits for it", async () => {
    const { watch, sending } = watched()
    const deadline = watch.begin()
    const cancelling = watch.cancel()
    expect(watch.end(deadline)).toBeUndefined()
    sending.resolve()
    await cancelling
    expect(watch.isBroken).toBe(false)
  })

  test("that never arrives takes the connection with it", async () => {
    const { watch, sending, dropped } = watched(20)
    const deadline = watch.begin()
    void watch.cancel()
    sending.resolve()
    await setImmediate()
    await watch.end(deadline)
    expect(watch.isBroken).toBe(true)
    expect(dropped).toMatchObject([{ code: "ERR_PERSIST_CONNECTION" }])
  })
})
