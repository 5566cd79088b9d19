import { expect, test } from "vitest"
import { watchStates } from "../src/storage/watch-states.ts"

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
