import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { ConnectionPool, type PoolSource } from "../src/pool/connection-pool.ts"

interface Connection {
  readonly number: number
  isBroken: boolean
  isClosed: boolean
}

const full = new Error("too many connections")
const holder = (name: string) => ({ describe: () => name })
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe("ConnectionPool", () => {
  let opened: Connection[]
  /** What opening comes to; undefined: a connection. */
  let refusal: Error | undefined
  let opening: Promise<void> | undefined
  let attempts: number
  let pool: ConnectionPool<Connection>
  let source: PoolSource<Connection>

  beforeEach(() => {
    opened = []
    refusal = undefined
    opening = undefined
    attempts = 0
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    source = {
      name: "The pool",
      limit: 2,
      acquireTimeout: 10_000,
      async open() {
        attempts++
        await opening
        if (refusal !== undefined) throw refusal
        const connection = { number: opened.length, isBroken: false, isClosed: false }
        opened.push(connection)
        return connection
      },
      close(connection) {
        connection.isClosed = true
      },
      isUsable: ({ isBroken }) => !isBroken,
      isFull: (error) => error === full,
    }
    pool = new ConnectionPool<Connection>(source)
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const acquire = (name = "somebody", signal?: AbortSignal) =>
    pool.acquire({ holder: holder(name), signal })

  test("lends what is idle, opens up to its limit, and then serves who came first", async () => {
    const [first, second] = [await acquire(), await acquire()]
    const order: string[] = []
    const waiting = ["a", "b"].map((name) =>
      acquire(name).then((connection) => {
        order.push(name)
        return connection
      }),
    )
    await settled()
    expect(pool.statistics()).toMatchObject({ open: 2, used: 2, waiting: 2, limit: 2 })
    pool.release(first)
    pool.release(second)
    expect(await Promise.all(waiting)).toEqual([first, second])
    expect(order).toEqual(["a", "b"])
    expect(pool.statistics().holders).toEqual(["a", "b"])
    for (const connection of [first, first, second]) pool.release(connection)
    expect(pool.statistics()).toMatchObject({ open: 2, used: 0 })
    expect(opened).toHaveLength(2)
  })

  test("neither lends what broke while it was idle, nor keeps what comes back broken", async () => {
    const [first, second] = [await acquire(), await acquire()]
    pool.release(first)
    first.isBroken = true
    const third = await acquire()
    expect(third).not.toBe(first)
    const waiting = acquire()
    second.isBroken = true
    pool.release(second)
    expect((await waiting).isBroken).toBe(false)
    expect([first, second, third].map(({ isClosed }) => isClosed)).toEqual([true, true, false])
  })

  test("forgets who has given up waiting", async () => {
    const [first, second] = [await acquire("a long import"), await acquire("another")]
    const controller = new AbortController()
    const aborted = acquire("impatient", controller.signal)
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: "ERR_PERSIST_ABORTED" })
    await expect(acquire("late", controller.signal)).rejects.toMatchObject({
      code: "ERR_PERSIST_ABORTED",
    })
    const tooLong = expect(acquire()).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      message: expect.stringContaining("In use are 2 of 2: a long import; another."),
    })
    await vi.advanceTimersByTimeAsync(10_000)
    await tooLong
    const served = acquire("last")
    pool.release(first)
    expect(await served).toBe(first)
    pool.release(second)
    expect(await acquire()).toBe(second)
    expect(vi.getTimerCount()).toBe(0)
  })

  test("fails who waits for a connection that cannot be opened, and tries again for the next", async () => {
    const gate = Promise.withResolvers<void>()
    opening = gate.promise
    refusal = new Error("no route")
    const failing = [1, 2, 3].map(() => expect(acquire()).rejects.toThrow("no route"))
    gate.resolve()
    await Promise.all(failing)
    expect(attempts).toBe(3)
    refusal = undefined
    expect((await acquire()).number).toBe(0)
  })

  test("asks a server that is full once a second, whoever waits, and serves all when it has room", async () => {
    refusal = full
    const waiting = [1, 2, 3].map(() => acquire())
    await settled()
    const atOnce = attempts
    waiting.push(acquire())
    await settled()
    expect(attempts).toBe(atOnce)
    await vi.advanceTimersByTimeAsync(2_500)
    expect(attempts).toBe(atOnce + 2)
    refusal = undefined
    await vi.advanceTimersByTimeAsync(1_000)
    for (const next of waiting) pool.release(await next)
    expect(opened).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  test("says what kept a server that stays full from more", async () => {
    refusal = full
    const waiting = expect(acquire()).rejects.toMatchObject({
      code: "ERR_PERSIST_TIMEOUT",
      cause: full,
      message: expect.stringContaining("no room for more"),
    })
    await vi.advanceTimersByTimeAsync(10_000)
    await waiting
  })

  test("does not say that a server is full which only was", async () => {
    const late = () =>
      expect(acquire()).rejects.toMatchObject({
        message: expect.not.stringContaining("no room for more"),
      })
    refusal = full
    const controller = new AbortController()
    const aborted = expect(acquire("impatient", controller.signal)).rejects.toThrow()
    await settled()
    controller.abort()
    await aborted
    await vi.advanceTimersByTimeAsync(1_000)
    expect(vi.getTimerCount()).toBe(0)
    const gate = Promise.withResolvers<void>()
    opening = gate.promise
    const silent = late()
    await vi.advanceTimersByTimeAsync(10_000)
    await silent
    gate.resolve()
    await settled()
    opening = undefined
    const unlucky = expect(acquire()).rejects.toThrow("no route")
    refusal = new Error("no route")
    await vi.advanceTimersByTimeAsync(1_000)
    await unlucky
    opening = new Promise(() => {})
    const later = late()
    await vi.advanceTimersByTimeAsync(10_000)
    await later
  })

  test("closes what is idle at once, what is lent when it comes back, and lets nobody in", async () => {
    const [idle, lent] = [await acquire(), await acquire()]
    pool.release(idle)
    let isOver = false
    const closing = pool.close().then(() => {
      isOver = true
    })
    await expect(acquire()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    await settled()
    expect(idle.isClosed).toBe(true)
    expect([isOver, lent.isClosed]).toEqual([false, false])
    pool.release(lent)
    await closing
    expect(opened.every(({ isClosed }) => isClosed)).toBe(true)
  })

  test("closes what nobody gives back after five seconds, and what was still being opened", async () => {
    const lent = await acquire()
    const gate = Promise.withResolvers<void>()
    opening = gate.promise
    const waiting = expect(acquire()).rejects.toMatchObject({ code: "ERR_PERSIST_CLOSED" })
    const closing = pool.close()
    await waiting
    gate.resolve()
    await vi.advanceTimersByTimeAsync(5_000)
    await closing
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true])
    expect(lent.isClosed).toBe(true)
  })

  test("closes what has been idle long enough, and keeps what is in use again and again", async () => {
    pool = new ConnectionPool<Connection>({ ...source, idleLife: 1_000 })
    const [first, second] = [await acquire(), await acquire()]
    pool.release(first)
    pool.release(second)
    for (let time = 0; time < 3; time++) {
      await vi.advanceTimersByTimeAsync(900)
      const again = await acquire()
      expect(again).toBe(second)
      pool.release(again)
    }
    expect([first, second].map(({ isClosed }) => isClosed)).toEqual([true, false])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(second.isClosed).toBe(true)
    expect(pool.statistics()).toMatchObject({ open: 0, used: 0 })
    expect(vi.getTimerCount()).toBe(0)
    const third = await acquire()
    expect(third.isClosed).toBe(false)
    pool.release(third)
    await pool.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test("gives a shared connection back now and then, however many of its own wait", async () => {
    pool = new ConnectionPool<Connection>({ ...source, isShared: true })
    const work = async () => pool.release(await acquire())
    await Promise.all(Array.from({ length: 100 }, work))
    expect(opened.length).toBeGreaterThan(3)
    expect(opened.length).toBeLessThan(12)
    expect(opened.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(2)
  })

  test("gives a shared connection back at once that came too late for who waited for it", async () => {
    pool = new ConnectionPool<Connection>({ ...source, isShared: true, idleLife: 50 })
    const first = await acquire()
    const gate = Promise.withResolvers<void>()
    opening = gate.promise
    const waiting = acquire()
    pool.release(first)
    expect(await waiting).toBe(first)
    gate.resolve()
    await settled()
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true])
    expect(pool.statistics()).toMatchObject({ open: 1, used: 1 })
    await Promise.all([pool.close(), pool.release(first)])
  })
})
