import { PersistError } from "@persist/core"
import { expect, test } from "vitest"
import { type StateSource, watchStates } from "../src/storage/watch-states.ts"

interface Looks {
  readonly source: StateSource
  readonly controller: AbortController
  ended: number
}

/** A database that tells of changes, and has at each look one of `states`, or fails as it says; the last one stays. */
function looking(...states: readonly (readonly (readonly [string, string])[] | "busy")[]): Looks {
  const controller = new AbortController()
  let count = 0
  const looks: Looks = {
    controller,
    ended: 0,
    source: {
      signal: controller.signal,
      prepare: async () => {},
      clock: Date.now,
      mark: () => undefined,
      readNow: () => undefined,
      subscribe: async (wake) => {
        const timer = setInterval(wake, 1)
        return {
          async end() {
            clearInterval(timer)
            looks.ended++
          },
        }
      },
      async read() {
        const now = states[Math.min(count++, states.length - 1)]!
        if (now === "busy") throw new PersistError("ERR_PERSIST_TIMEOUT", "busy")
        return { states: new Map(now), nextExpiry: Number.POSITIVE_INFINITY }
      },
    },
  }
  return looks
}

test("watching tells a deletion once, also when its tombstone is removed later", async () => {
  const { source } = looking([["a", "1"]], [["a", "-2"]], [["a", "-2"]], [], [], [["b", "3"]])
  const told: string[] = []
  for await (const { type, key } of watchStates(source)) {
    told.push(`${type} ${key}`)
    if (key === "b") break
  }
  expect(told).toEqual(["gap ", "delete a", "save b"])
})

test("watching listens no longer once it has ended, however it did", async () => {
  const left = looking([["a", "1"]], [["a", "2"]])
  for await (const { type } of watchStates(left.source)) if (type === "save") break
  expect(left.ended).toBe(1)

  const aborted = looking([["a", "1"]])
  const changes = watchStates(aborted.source)[Symbol.asyncIterator]()
  await changes.next()
  aborted.controller.abort()
  expect((await changes.next()).done).toBe(true)
  expect(aborted.ended).toBe(1)
})

test("watching gives up where a look never goes well, not after many that did not in all", async () => {
  const busy = Array<"busy">(15).fill("busy")
  const rounds = ["1", "2", "3"].flatMap((revision) => [...busy, [["a", revision]] as const])
  const { source } = looking([["a", "0"]], ...rounds)
  const told: (string | undefined)[] = []
  for await (const change of watchStates(source)) {
    if (change.type === "save") told.push(change.revision)
    if (told.length === 3) break
  }
  expect(told).toEqual(["1", "2", "3"])
})
