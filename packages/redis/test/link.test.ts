import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { parseAddress } from "../src/connection/address.ts"
import type { RedisConnection } from "../src/connection/client.ts"
import { Link } from "../src/connection/link.ts"

const limits = { timeout: 800, silence: 400 }
const tick = limits.silence / 4

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }))
afterEach(() => void vi.useRealTimers())

/** A connection whose commands are answered when the test says so, in their order. */
function connected() {
  const waiting: PromiseWithResolvers<unknown>[] = []
  const nothing = () => {}
  const done = async () => {}
  const connection: RedisConnection = {
    ...{ connect: done, subscribe: done, sSubscribe: done, unsubscribe: done, sUnsubscribe: done },
    ...{ destroy: nothing, unref: nothing, on: nothing },
    sendCommand: () => {
      const reply = Promise.withResolvers<unknown>()
      waiting.push(reply)
      return reply.promise
    },
  }
  const link = new Link(connection, parseAddress("redis://127.0.0.1"), limits)
  const send = (count: number) => {
    for (let index = 0; index < count; index++) void link.write(["PING"])
  }
  const answer = (count: number) => {
    for (const { resolve } of waiting.splice(0, count)) resolve("PONG")
  }
  return { link, send, answer }
}

test("a link goes on while all is answered in time, however much that is", async () => {
  const { link, send, answer } = connected()
  send(1)
  for (let count = 0; count < 40; count++) {
    send(100)
    answer(100)
    await vi.advanceTimersByTimeAsync(tick)
  }
  expect(link.end).toBe(undefined)
})

test("a link ends when nothing is answered for its silence", async () => {
  const { link, send } = connected()
  send(2)
  await vi.advanceTimersByTimeAsync(limits.silence - 1)
  expect(link.end).toBe(undefined)
  await vi.advanceTimersByTimeAsync(tick + 1)
  expect(link.end?.cause).toMatchObject({ message: expect.stringContaining("for 400 ms") })
})

test("a link ends when one command waits for its timeout, though others are answered", async () => {
  const { link, send, answer } = connected()
  send(100)
  for (let waited = 0; waited < limits.timeout - 2 * tick; waited += tick) {
    answer(1)
    await vi.advanceTimersByTimeAsync(tick)
  }
  expect(link.end).toBe(undefined)
  answer(1)
  await vi.advanceTimersByTimeAsync(2 * tick)
  expect(link.end?.cause).toMatchObject({ message: expect.stringContaining("within 800 ms") })
})
