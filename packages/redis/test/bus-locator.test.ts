import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { BusLocator } from "../src/cache/bus-locator.ts"
import { readBusOptions } from "../src/cache/bus-options.ts"
import type { RedisConnection } from "../src/connection/client.ts"
import type { Connect } from "../src/connection/connect.ts"

/** What a sentinel answers: `host` is the primary, since the failover `epoch` where it tells. */
interface Saying {
  readonly host: string
  readonly epoch?: number
}

const never = new Promise<never>(() => {})

/** Sentinels that say what `says` says at that moment, or nothing; whatever else is connected to is a primary. */
function locatorOf(says: (Saying | undefined)[]) {
  const nodes = says.map((_, index) => `redis://sentinel-${index}`)
  const options = readBusOptions({ sentinel: { name: "main", nodes }, staleAfter: "1h" })
  /** Hosts whose connections are open. */
  const open: string[] = []
  const connect: Connect = async ({ host }) => {
    const saying = () => says[nodes.indexOf(`redis://${host}`)]
    const isSilent = () => host.startsWith("sentinel") && saying() === undefined
    const client: Partial<RedisConnection> = {
      on: () => client,
      unref: () => {},
      connect: async () => {
        open.push(host)
        return isSilent() ? never : client
      },
      destroy: () => {
        if (open.includes(host)) open.splice(open.indexOf(host), 1)
      },
      sendCommand: async ([, question]) => {
        if (isSilent()) return never
        const { host, epoch } = saying()!
        if (question !== "MASTER") return [host, "6379"]
        if (epoch === undefined) throw new Error("NOPERM")
        return ["config-epoch", String(epoch)]
      },
    }
    return client as RedisConnection
  }
  const settings = { ...options, location: { ...options.location, connect } }
  const replaced = vi.fn()
  const locator = new BusLocator(settings, new AbortController().signal, replaced)
  return { locator, replaced, open }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test("a bus hears of another primary though a sentinel is silent, and however long it may be silent itself", async () => {
  const says: (Saying | undefined)[] = Array(3).fill({ host: "a", epoch: 1 })
  const { locator, replaced, open } = locatorOf(says)
  await locator.open()
  says.fill({ host: "b", epoch: 2 })
  says[1] = undefined
  // It is the one that is asked next.
  await vi.advanceTimersByTimeAsync(2_999)
  expect(open).toEqual(["a", "sentinel-1"])
  await vi.advanceTimersByTimeAsync(1)
  expect(replaced).toHaveBeenCalledTimes(1)
  expect(open).toEqual([])
})

test("a bus whose sentinels are all silent asks each of them again, over one connection at a time", async () => {
  const says: (Saying | undefined)[] = Array(2).fill({ host: "a", epoch: 1 })
  const { locator, replaced, open } = locatorOf(says)
  const connection = await locator.open()
  says.fill(undefined)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(open.length).toBeLessThanOrEqual(2)
  says.fill({ host: "b", epoch: 2 })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(replaced).toHaveBeenCalledTimes(1)
  connection.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(open).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test("a bus asks another sentinel, without epochs, once the first leads it to a replica", async () => {
  const { locator, open } = locatorOf([{ host: "a" }, { host: "b" }])
  const first = await locator.open()
  const [wrong] = open
  first.close()
  expect(locator.follow(new Error("READONLY You can't write against a read only replica."))).toBe(
    false,
  )
  await locator.open()
  expect(open).toEqual([wrong === "a" ? "b" : "a"])
})
