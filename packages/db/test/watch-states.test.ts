import { PersistError, type PersistErrorCode } from "@persist/core"
import { expect, test, vi } from "vitest"
import { type StateSource, watchStates } from "../src/storage/watch-states.ts"

/** A database that answers as `asked` says, and then that "a" is there. */
function answering(...asked: readonly ("fine" | PersistError)[]): StateSource {
  let count = 0
  const answer = async () => {
    const next = asked[count++] ?? "fine"
    if (next !== "fine") throw next
  }
  return {
    signal: new AbortController().signal,
    prepare: answer,
    clock: Date.now,
    mark: () => undefined,
    readNow: () => undefined,
    subscribe: async (wake) => {
      const timer = setInterval(wake, 1)
      return { end: async () => clearInterval(timer) }
    },
    async read() {
      await answer()
      return { states: new Map([["a", String(count)]]), nextExpiry: Number.POSITIVE_INFINITY }
    },
  }
}

const failure = (code: PersistErrorCode, isLasting = false) =>
  new PersistError(code, "away", { details: { isLasting } })

async function taken(source: StateSource, count: number): Promise<string[]> {
  const types: string[] = []
  for await (const { type } of watchStates(source)) {
    types.push(type)
    if (types.length === count) break
  }
  return types
}

const passing = ["CONNECTION", "INDETERMINATE", "TIMEOUT", "BUSY", "SERIALIZATION"] as const

test.each(passing)(
  "watching goes on after ERR_PERSIST_%s, from its first look on",
  async (name) => {
    const error = failure(`ERR_PERSIST_${name}`)
    // Both questions of the first look, and one of a later look, which may have missed something.
    const source = answering(error, "fine", error, "fine", "fine", error)
    expect(await taken(source, 3)).toEqual(["gap", "gap", "save"])
  },
)

test("watching ends where it is refused, or never gets an answer in time", async () => {
  const refused = failure("ERR_PERSIST_CONNECTION", true)
  await expect(taken(answering(refused), 1)).rejects.toBe(refused)
  // A password that is changed meanwhile is waited for.
  expect(await taken(answering("fine", "fine", refused), 2)).toEqual(["gap", "gap"])
  const late = failure("ERR_PERSIST_TIMEOUT")
  const never = answering(
    ...["fine" as const, "fine" as const],
    ...Array<PersistError>(50).fill(late),
  )
  await expect(taken(never, 2)).rejects.toBe(late)
  const corrupt = failure("ERR_PERSIST_CORRUPT")
  await expect(taken(answering("fine", "fine", corrupt), 2)).rejects.toBe(corrupt)
})

test("watching leaves most of the time to others where a look takes long", async () => {
  const controller = new AbortController()
  let [looking, reads] = [0, 0]
  const source = answering()
  const began = performance.now()
  const changes = watchStates({
    ...source,
    signal: controller.signal,
    async read() {
      const start = performance.now()
      while (performance.now() - start < 25);
      looking += performance.now() - start
      if (++reads === 6) controller.abort()
      return { states: new Map([["a", String(reads)]]), nextExpiry: Number.POSITIVE_INFINITY }
    },
  })
  for await (const _ of changes);
  expect(looking / (performance.now() - began)).toBeLessThan(0.5)
})

test("watching reads every state only when the digest is another one", async () => {
  const controller = new AbortController()
  const states = new Map([["a", "1"]])
  let [digests, reads] = [0, 0]
  const changes = watchStates({
    signal: controller.signal,
    prepare: async () => {},
    clock: Date.now,
    mark: () => undefined,
    readNow: () => undefined,
    async digest() {
      if (++digests === 4) states.set("a", "2")
      return [...states].join(" ")
    },
    async read() {
      reads++
      return { states: new Map(states), nextExpiry: Number.POSITIVE_INFINITY }
    },
  })[Symbol.asyncIterator]()
  expect((await changes.next()).value).toMatchObject({ type: "gap" })
  expect((await changes.next()).value).toEqual({ type: "save", key: "a", revision: "2" })
  expect(digests).toBe(4)
  // At the beginning, with the first digest, and with the one that was new.
  expect(reads).toBe(3)
  controller.abort()
  expect((await changes.next()).done).toBe(true)
})

test("watching looks by itself once a change was not told, until one is", async () => {
  vi.useFakeTimers()
  try {
    const states = new Map([["a", "0"]])
    let ring = () => {}
    let reads = 0
    const controller = new AbortController()
    const changes = watchStates({
      ...answering(),
      signal: controller.signal,
      async subscribe(wake) {
        ring = wake
        return { end: async () => {} }
      },
      async read() {
        reads++
        return { states: new Map(states), nextExpiry: Number.POSITIVE_INFINITY }
      },
    })[Symbol.asyncIterator]()
    await changes.next()
    let next = changes.next()
    /** Milliseconds until a change is told. */
    const seen = async (revision: string) => {
      states.set("a", revision)
      const [asked, start] = [next, Date.now()]
      let took: number | undefined
      asked.then(() => {
        took = Date.now() - start
      })
      while (took === undefined) await vi.advanceTimersByTimeAsync(10)
      expect((await asked).value).toMatchObject({ type: "save", revision })
      next = changes.next()
      return took
    }
    expect(await seen("1")).toBeGreaterThan(9_000)
    expect(await seen("2")).toBeLessThan(200)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await seen("3")).toBeLessThan(1_100)
    states.set("a", "4")
    ring()
    await vi.advanceTimersByTimeAsync(0)
    expect((await next).value).toMatchObject({ revision: "4" })
    next = changes.next()
    reads = 0
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reads).toBeLessThan(8)
    controller.abort()
    expect((await next).done).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})

test("watching does not look by itself because a value expired while it was looked at", async () => {
  vi.useFakeTimers()
  try {
    const states = new Map([["a", "1"]])
    const nextExpiry = Date.now() + 5_000
    let [reads, asked] = [0, 0]
    const controller = new AbortController()
    const changes = watchStates({
      ...answering(),
      signal: controller.signal,
      // The timer that was set by the first answer is early by a millisecond.
      clock: () => Date.now() - (++asked === 2 ? 1 : 0),
      subscribe: async () => ({ end: async () => {} }),
      async read() {
        if (++reads > 1) states.clear()
        const next = states.size > 0 ? nextExpiry : Number.POSITIVE_INFINITY
        return { states: new Map(states), nextExpiry: next }
      },
    })[Symbol.asyncIterator]()
    await changes.next()
    const deleted = changes.next()
    await vi.advanceTimersByTimeAsync(6_000)
    expect((await deleted).value).toEqual({ type: "delete", key: "a" })
    const last = changes.next()
    reads = 0
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reads).toBeLessThan(8)
    controller.abort()
    expect((await last).done).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})
